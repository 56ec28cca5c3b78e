using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Models.Tests;

/// <summary>A checkpoint of float16 zeros: shapes are all that matters.</summary>
sealed class ZeroSource(IEnumerable<TensorDeclaration> tensors) : WeightSource
{
    readonly Dictionary<string, Shape> _shapes = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
    byte[] _zeros = [];

    public override string Name => "zeros";

    public override IEnumerable<string> Keys => _shapes.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = _shapes.TryGetValue(key, out var shape) ? new WeightDescription(shape, DType.F16, "F16") : null;
        return description is not null;
    }

    public override HostTensor Read(string key)
    {
        int bytes = checked((int)_shapes[key].Count * 2);
        if (_zeros.Length < bytes) _zeros = new byte[bytes];
        return new HostTensor(key, DType.F16, _shapes[key], _zeros.AsSpan(0, bytes));
    }

    protected override void Dispose(bool disposing) { }
}
