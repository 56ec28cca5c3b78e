using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A network, or a block of one, by name: the tensors it declares, its weights, and how it is evaluated.</summary>
/// <param name="name">As command lines spell it.</param>
/// <param name="tensors">Weights that it is loaded from.</param>
/// <param name="load">Loads it.</param>
sealed class Network(string name, Func<ImmutableArray<TensorDeclaration>> tensors, Func<WeightSource, Backend, LoadedNetwork> load)
{
    public string Name => name;

    public ImmutableArray<TensorDeclaration> Tensors => tensors();

    /// <summary>Part of a network.</summary>
    public bool IsBlock { get; init; }

    /// <summary>Whether there is attention in it, of which a peer has forms.</summary>
    public bool HasAttention { get; init; }

    /// <summary>Weights to measure with, where the network is shipped with its own; otherwise null.</summary>
    public Func<WeightSource>? Shipped { get; init; }

    /// <summary>Files of a checkpoint folder (relative name and the tensors in it) beside <see cref="Tensors"/> in one; null for that one alone.</summary>
    public Func<IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)>>? Parts { get; init; }

    /// <summary>Configuration files of that folder.</summary>
    public Func<IEnumerable<(string File, string Text)>> Configurations { get; init; } = () => [];

    /// <summary>What the weight files' metadata says.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    public IEnumerable<(string File, IEnumerable<TensorDeclaration> Tensors)> Files => Parts?.Invoke() ?? [($"{name}.safetensors", Tensors)];

    /// <summary>Weights to measure with.</summary>
    public WeightSource Source(DType type) => Shipped?.Invoke() ?? new SyntheticSource(Tensors, type);

    public LoadedNetwork Load(WeightSource source, Backend backend) => load(source, backend);
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

/// <summary>A tensor that a network is given: channels last, uniform noise in [-1, 1).</summary>
sealed record NetworkInput(Shape Shape, ulong Seed)
{
    public NetworkInput(ulong seed, params ReadOnlySpan<int> axes)
        : this(new Shape(axes), seed)
    {
    }

    public float[] Values => Noise.Uniform(checked((int)Shape.Count), 1, Seed);
}
