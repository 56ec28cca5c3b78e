using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>
/// A checkpoint of weights that only have to be of the right size: a table of random halves repeated, scaled by the number of terms of a row, so
/// that activations stay finite. Making 2.6 billion of them must not take longer than measuring.
/// </summary>
sealed class SyntheticSource(IEnumerable<TensorDeclaration> tensors) : WeightSource
{
    // A prime: rows do not repeat each other.
    const int Period = 65521;

    readonly Dictionary<string, Shape> _shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
    readonly float[] _table = Table();
    Half[] _values = [];

    public override string Name => "synthetic weights";

    public override IEnumerable<string> Keys => _shapes.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _shapes.TryGetValue(key, out var shape) ? new WeightDescription(shape, DType.F16, "F16") : null;
        return description is not null;
    }

    public override HostTensor Read(string key)
    {
        var shape = _shapes[key];
        int count = checked((int)shape.Count);
        int terms = shape.Rank > 1 ? count / shape[0] : 1;
        // Gains of normalizations are near 1, biases near 0, sums of products near 1.
        float scale = terms > 1 ? MathF.Sqrt(3f / terms) : 0.1f;
        float shift = terms == 1 && key.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0f;
        var period = new Half[Period];
        for (int i = 0; i < Period; i++) period[i] = (Half)(_table[i] * scale + shift);
        if (_values.Length < count) _values = GC.AllocateUninitializedArray<Half>(count);
        for (int done = 0; done < count; done += Period) period.AsSpan(0, Math.Min(Period, count - done)).CopyTo(_values.AsSpan(done));
        return new HostTensor(key, DType.F16, shape, MemoryMarshal.AsBytes(_values.AsSpan(0, count)));
    }

    protected override void Dispose(bool disposing)
    {
    }

    static float[] Table()
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Period).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
