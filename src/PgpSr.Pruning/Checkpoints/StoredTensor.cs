using System.Collections.Immutable;
using PgpSr.PyTorchZip;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>A tensor of a checkpoint, wherever it lies. Nothing is read until it is asked for.</summary>
sealed class StoredTensor
{
    const int PieceLength = 4 << 20;

    readonly Reader _read;

    delegate void Reader(long offset, Span<byte> destination);

    StoredTensor(string name, SafetensorsDType type, ImmutableArray<long> shape, long byteCount, Reader read)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ByteCount = byteCount;
        _read = read;
    }

    /// <summary>Its key.</summary>
    public string Name { get; }

    /// <summary>Type of its elements.</summary>
    public SafetensorsDType Type { get; }

    /// <summary>Its dimensions, slowest first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>How many bytes it has.</summary>
    public long ByteCount { get; }

    /// <summary>Product of the dimensions.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, axis) => product * axis);

    /// <summary>Reads a part of its bytes, little-endian and row-major, by ordinary reads: no pages of the file stay in the process.</summary>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="destination">Filled completely.</param>
    public void Read(long offset, Span<byte> destination) => _read(offset, destination);

    /// <summary>Writes its bytes to a stream, piece by piece.</summary>
    public void CopyTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        byte[] piece = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceLength, Math.Max(1, ByteCount)));
        try
        {
            for (long offset = 0; offset < ByteCount; offset += piece.Length)
            {
                var part = piece.AsSpan(0, (int)Math.Min(piece.Length, ByteCount - offset));
                _read(offset, part);
                destination.Write(part);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Name, type and shape on one line.</summary>
    public override string ToString() => $"{Name} {Type.Name()} [{string.Join(", ", Shape)}]";

    /// <summary>The same tensor under another key.</summary>
    internal StoredTensor Renamed(string name) => new(name, Type, Shape, ByteCount, _read);

    internal static StoredTensor Of(SafetensorsCheckpoint checkpoint, TensorEntry entry) =>
        new(entry.Name, entry.DType, entry.Shape, entry.ByteCount, (offset, destination) => checkpoint.Read(entry, offset, destination));

    internal static StoredTensor Of(PyTorchZipFile file, PyTorchTensor tensor) =>
        new(tensor.Name, tensor.DType, tensor.Shape, tensor.ByteCount, (offset, destination) => file.Read(tensor, offset, destination));
}
