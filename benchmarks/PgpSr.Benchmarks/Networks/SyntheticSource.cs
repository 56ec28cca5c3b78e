using System.Diagnostics.CodeAnalysis;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// A checkpoint of weights that only have to be of the right size: a table of random numbers repeated, scaled by the number of terms of a row, so
/// that activations stay finite. Making 2.6 billion of them must not take longer than measuring.
/// </summary>
sealed class SyntheticSource(IEnumerable<TensorDeclaration> tensors, DType type) : WeightSource
{
    // A prime: rows do not repeat each other.
    const int Period = 65521;

    readonly Dictionary<string, Shape> _shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
    readonly float[] _table = Noise.Uniform(Period, 1, 7);
    byte[] _bytes = [];

    public override string Name => "synthetic weights";

    public override IEnumerable<string> Keys => _shapes.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _shapes.TryGetValue(key, out var shape) ? new WeightDescription(shape, type, $"{type}") : null;
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
        byte[] period = Noise.Narrow([.. _table.Select(value => value * scale + shift)], type);
        int size = checked(count * type.Size());
        if (_bytes.Length < size) _bytes = GC.AllocateUninitializedArray<byte>(size);
        for (int done = 0; done < size; done += period.Length) period.AsSpan(0, Math.Min(period.Length, size - done)).CopyTo(_bytes.AsSpan(done));
        return new HostTensor(key, type, shape, _bytes.AsSpan(0, size));
    }

    protected override void Dispose(bool disposing)
    {
    }
}
