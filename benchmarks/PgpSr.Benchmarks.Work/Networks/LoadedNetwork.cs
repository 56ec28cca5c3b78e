using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A tensor that a network is given, with its values.</summary>
/// <param name="Name">As an exported model has it.</param>
/// <param name="Shape">Channels last.</param>
/// <param name="Values">As many.</param>
sealed record NetworkInput(string Name, Shape Shape, float[] Values)
{
    /// <summary>Uniform noise in [-1, 1).</summary>
    public static NetworkInput Noise(string name, params ReadOnlySpan<int> axes)
    {
        var shape = new Shape(axes);
        return new(name, shape, Benchmarks.Noise.Uniform(checked((int)shape.Count), 1, (ulong)name.Length));
    }
}

/// <summary>A network whose weights are on a backend.</summary>
/// <param name="Weights">Gives them back.</param>
/// <param name="WeightBytes">Packed, now.</param>
/// <param name="Inputs">For a side of that many positions.</param>
/// <param name="Forward">One evaluation of them.</param>
sealed record LoadedNetwork(
    IDisposable Weights, Func<long> WeightBytes, Func<int, IEnumerable<NetworkInput>> Inputs, Func<Workspace, Tensor[], Tensor> Forward) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
