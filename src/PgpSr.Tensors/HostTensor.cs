namespace PgpSr.Tensors;

/// <summary>
/// A named tensor in host memory, as a checkpoint holds it: little endian, row-major, contiguous. It borrows its bytes (usually a
/// memory-mapped file) and so lives on the stack only.
/// </summary>
public readonly ref struct HostTensor
{
    /// <param name="name">Checkpoint key, used in error messages.</param>
    /// <param name="type">Element type of <paramref name="bytes"/>.</param>
    /// <param name="shape">Axes as stored.</param>
    /// <param name="bytes">Exactly <c>shape.Count * type.Size()</c> bytes.</param>
    /// <exception cref="ArgumentException">The byte count does not fit the shape.</exception>
    public HostTensor(string name, DType type, Shape shape, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != shape.Count * type.Size())
            throw new ArgumentException($"{name}: {type} {shape} takes {shape.Count * type.Size()} bytes, {bytes.Length} were given", nameof(bytes));
        Name = name;
        Type = type;
        Shape = shape;
        Bytes = bytes;
    }

    /// <summary>Checkpoint key; null for the absent tensor (<c>default</c>).</summary>
    public string? Name { get; }

    /// <summary>Element type.</summary>
    public DType Type { get; }

    /// <summary>Axes as stored.</summary>
    public Shape Shape { get; }

    /// <summary>The elements.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>True for <c>default</c>, which stands for a bias that a layer does not have.</summary>
    public bool IsAbsent => Name is null;

    /// <summary>Widens every element to float32 into <paramref name="destination"/>, which must have exactly <c>Shape.Count</c> elements.</summary>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length != Shape.Count)
            throw new ArgumentException($"{Name}: {Shape.Count} elements do not fit a span of {destination.Length}", nameof(destination));
        Widen.ToSingle(Type, Bytes, destination);
    }

    /// <summary>The elements as a new float32 array.</summary>
    public float[] ToArray()
    {
        var values = new float[checked((int)Shape.Count)];
        CopyTo(values);
        return values;
    }
}
