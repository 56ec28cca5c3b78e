using System.Diagnostics.CodeAnalysis;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>A checkpoint's tensors as the networks load them.</summary>
sealed class CheckpointSource(Checkpoint checkpoint) : WeightSource
{
    byte[] _buffer = [];

    public override string Name => checkpoint.Path;

    public override IEnumerable<string> Keys => checkpoint.Tensors.Keys;

    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = checkpoint.Tensors.TryGetValue(key, out var tensor)
            ? WeightDescription.OfStored(tensor.Type, tensor.Shape) : null;
        return description is not null;
    }

    public override HostTensor Read(string key)
    {
        var tensor = checkpoint.Tensors[key];
        int bytes = checked((int)tensor.ByteCount);
        if (_buffer.Length < bytes) _buffer = GC.AllocateUninitializedArray<byte>(bytes);
        tensor.Read(0, _buffer.AsSpan(0, bytes));
        var description = WeightDescription.OfStored(tensor.Type, tensor.Shape);
        return new HostTensor(key, description.Type!.Value, description.Shape, _buffer.AsSpan(0, bytes));
    }

    protected override void Dispose(bool disposing) => _buffer = [];
}
