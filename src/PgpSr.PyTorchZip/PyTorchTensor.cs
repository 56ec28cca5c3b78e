using System.Collections.Immutable;
using PgpSr.Safetensors;

namespace PgpSr.PyTorchZip;

/// <summary>What a checkpoint says about one tensor. It has been checked against the archive: contiguous, row-major, inside its storage.</summary>
public sealed class PyTorchTensor
{
    internal PyTorchTensor(string name, SafetensorsDType dtype, ImmutableArray<long> shape, long elementCount, long byteOffset, long byteCount)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        ElementCount = elementCount;
        ByteOffset = byteOffset;
        ByteCount = byteCount;
    }

    /// <summary>Its key; keys of nested containers are joined by dots, items of lists are numbered from 0.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>Its dimensions, slowest first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>Where its bytes begin, counted from the start of the file. Tensors may share bytes.</summary>
    public long ByteOffset { get; }

    /// <summary>How many bytes it has.</summary>
    public long ByteCount { get; }

    /// <summary>Name, dtype and shape on one line.</summary>
    public override string ToString() => $"{Name} {DType.Name()} [{string.Join(", ", Shape)}]";
}
