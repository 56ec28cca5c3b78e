using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>A checkpoint of generated weights: exactly the tensors that a configuration declares, made when they are read.</summary>
/// <param name="seed">Of the golden case.</param>
/// <param name="tensors">What the checkpoint holds.</param>
/// <param name="prefix">What the generator's names carry before the keys.</param>
/// <param name="type">F32, or F16 and BF16 by rounding.</param>
sealed class GeneratedSource(long seed, IEnumerable<TensorDeclaration> tensors, string prefix = "", DType type = DType.F32) : WeightSource
{
    readonly Dictionary<string, Shape> _shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);

    public override string Name => $"generated weights, seed {seed}";

    public override IEnumerable<string> Keys => _shapes.Keys;

    public Dictionary<string, Shape> Shapes => _shapes;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _shapes.TryGetValue(key, out var shape) ? new WeightDescription(shape, type, type.ToString()) : null;
        return description is not null;
    }

    public override HostTensor Read(string key)
    {
        var shape = _shapes[key];
        Span<int> axes = stackalloc int[Shape.MaxRank];
        shape.CopyTo(axes);
        float[] values = GeneratedWeights.Create(seed, prefix + key, axes[..shape.Rank]);
        return new HostTensor(key, type, shape, type switch
        {
            DType.F32 => MemoryMarshal.AsBytes<float>(values),
            DType.F16 => MemoryMarshal.AsBytes<Half>(values.Select(v => (Half)v).ToArray()),
            _ => MemoryMarshal.AsBytes<ushort>(values.Select(v => (ushort)((BitConverter.SingleToUInt32Bits(v) + 0x7fff) >> 16)).ToArray()),
        });
    }

    protected override void Dispose(bool disposing)
    {
    }
}
