using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>A checkpoint of generated weights: exactly the tensors that a configuration declares, made when they are read.</summary>
/// <param name="seed">Of the golden case.</param>
/// <param name="tensors">What the checkpoint holds.</param>
/// <param name="prefix">What the generator's names carry before the keys.</param>
/// <param name="type">F32, or F16 and BF16 by rounding.</param>
sealed class GeneratedSource(long seed, IEnumerable<TensorDeclaration> tensors, string prefix = "", DType type = DType.F32) : WeightSource
{
    float[] _values = [];
    byte[] _bytes = [];
    readonly Dictionary<string, Shape> _shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Name => $"generated weights, seed {seed}";

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => _shapes.Keys;

    /// <summary>What the checkpoint holds; changed by tests of what it may lack.</summary>
    public IDictionary<string, Shape> Shapes => _shapes;

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _shapes.TryGetValue(key, out var shape) ? new WeightDescription(shape, type, type.ToString()) : null;
        return description is not null;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var shape = _shapes[key];
        Span<int> axes = stackalloc int[Shape.MaxRank];
        shape.CopyTo(axes);
        int count = checked((int)shape.Count);
        if (_values.Length < count) _values = GC.AllocateUninitializedArray<float>(count);
        if (_bytes.Length < count * type.Size()) _bytes = GC.AllocateUninitializedArray<byte>(count * type.Size());
        // In parallel over blocks: every value is a function of its index.
        const int block = 1 << 18;
        int[] dimensions = axes[..shape.Rank].ToArray();
        Parallel.For(0, (count + block - 1) / block, i =>
        {
            int first = i * block, length = Math.Min(block, count - first);
            var values = _values.AsSpan(first, length);
            GeneratedWeights.Fill(seed, prefix + key, dimensions, first, values);
            Narrow.FromSingle(type, values, _bytes.AsSpan(first * type.Size(), length * type.Size()));
        });
        return new HostTensor(key, type, shape, _bytes.AsSpan(0, count * type.Size()));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
