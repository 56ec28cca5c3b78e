using System.Diagnostics.CodeAnalysis;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// Weights of a file. Tensors are copied out by ordinary reads into one buffer that is used again, so that loading holds the packed model and one
/// tensor, not the pages of the file besides.
/// </summary>
abstract class StoredSource : WeightSource
{
    byte[] _buffer = [];

    /// <inheritdoc/>
    public sealed override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = Find(key);
        return description is not null;
    }

    /// <inheritdoc/>
    public sealed override HostTensor Read(string key)
    {
        var description = Find(key) ?? throw new ArgumentException($"{Name} has no tensor '{key}'", nameof(key));
        var type = description.Type ?? throw new InvalidOperationException($"{key}: {description.TypeName} is not a weight type");
        int count = checked((int)(description.Shape.Count * type.Size()));
        if (_buffer.Length < count) _buffer = GC.AllocateUninitializedArray<byte>(count);
        var bytes = _buffer.AsSpan(0, count);
        Copy(key, bytes);
        return new HostTensor(key, type, description.Shape, bytes);
    }

    /// <summary>What the file says of a tensor; null where it has none of this name.</summary>
    protected abstract WeightDescription? Find(string key);

    /// <summary>Copies all bytes of a tensor that is there.</summary>
    protected abstract void Copy(string key, Span<byte> bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _buffer = [];
}
