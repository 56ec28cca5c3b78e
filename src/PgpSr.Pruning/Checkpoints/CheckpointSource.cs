using System.Diagnostics.CodeAnalysis;
using PgpSr.Models;
using PgpSr.Safetensors;
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
            ? new WeightDescription(ShapeOf(tensor), TypeOf(tensor), tensor.Type.Name()) : null;
        return description is not null;
    }

    public override HostTensor Read(string key)
    {
        var tensor = checkpoint.Tensors[key];
        int bytes = checked((int)tensor.ByteCount);
        if (_buffer.Length < bytes) _buffer = GC.AllocateUninitializedArray<byte>(bytes);
        tensor.Read(0, _buffer.AsSpan(0, bytes));
        return new HostTensor(key, TypeOf(tensor)!.Value, ShapeOf(tensor), _buffer.AsSpan(0, bytes));
    }

    protected override void Dispose(bool disposing) => _buffer = [];

    // A tensor with an axis or a rank that no network has gets a shape that fits none, and so a listed error instead of an exception here.
    internal static Shape ShapeOf(StoredTensor tensor) => tensor.Shape.Length > Shape.MaxRank || tensor.Shape.Any(axis => axis > int.MaxValue)
        ? new Shape(0) : new Shape([.. tensor.Shape.Select(axis => (int)axis)]);

    internal static DType? TypeOf(StoredTensor tensor) => tensor.Type switch
    {
        SafetensorsDType.Float32 => DType.F32,
        SafetensorsDType.Float16 => DType.F16,
        SafetensorsDType.BFloat16 => DType.BF16,
        _ => null,
    };
}
