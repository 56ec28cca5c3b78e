using System.Collections.Immutable;

namespace PgpSr.Safetensors;

/// <summary>What a header says about one tensor. Offsets have been checked against the file.</summary>
public sealed class TensorEntry
{
    internal TensorEntry(string name, SafetensorsDType dtype, ImmutableArray<long> shape, long elementCount, long byteOffset, long byteCount)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        ElementCount = elementCount;
        ByteOffset = byteOffset;
        ByteCount = byteCount;
    }

    /// <summary>The tensor's key, such as <c>conv_in.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public SafetensorsDType DType { get; }

    /// <summary>Its dimensions, slowest first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>Where its bytes begin, counted from the start of the file.</summary>
    public long ByteOffset { get; }

    /// <summary>How many bytes it has.</summary>
    public long ByteCount { get; }

    /// <summary>Name, dtype and shape on one line.</summary>
    public override string ToString() => $"{Name} {DType.Name()} [{string.Join(", ", Shape)}]";
}
