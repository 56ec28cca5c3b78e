namespace PgpSr.Tensors;

/// <summary>
/// A contiguous, row-major view of a backend's memory: buffer, byte offset, shape and element type. Rented from a <see cref="Workspace"/>
/// or created on its own by <see cref="Backend.CreateTensor(Shape, DType)"/>. Only <see cref="Channels"/> of a wider map are not contiguous.
/// </summary>
public sealed class Tensor : IDisposable
{
    readonly Tensor? _root;
    readonly bool _ownsBuffer;
    bool _returned;

    readonly int _pitch;

    internal Tensor(DeviceBuffer buffer, long offset, Shape shape, DType type, bool ownsBuffer = false, Tensor? root = null, int pitch = 0)
    {
        _pitch = pitch;
        Buffer = buffer;
        Offset = offset;
        Shape = shape;
        Type = type;
        _ownsBuffer = ownsBuffer;
        _root = root;
    }

    /// <summary>The memory this tensor lies in.</summary>
    public DeviceBuffer Buffer { get; }

    /// <summary>Byte offset of the first element in <see cref="Buffer"/>.</summary>
    public long Offset { get; }

    /// <summary>Axes; channels last.</summary>
    public Shape Shape { get; }

    /// <summary>Element type.</summary>
    public DType Type { get; }

    /// <summary>Elements from one position's channels to the next one's: as many as there are channels, but for <see cref="Channels"/>.</summary>
    public int Pitch => _pitch > 0 ? _pitch : Shape[-1];

    /// <summary>Whether these are <see cref="Channels"/> of a wider map, which only the operations that say so take.</summary>
    public bool IsChannels => _pitch > 0;

    /// <summary>Bytes of all elements.</summary>
    public long ByteCount => Shape.Count * Type.Size();

    /// <summary>True once the memory went back: reading this tensor is an error.</summary>
    public bool IsReturned => _root?.IsReturned ?? _returned;

    internal Workspace? Owner { get; init; }

    internal Arena.Block Block { get; init; }

    /// <summary>Depth of the scope that owns this tensor; written by the workspace.</summary>
    internal int Depth { get; set; }

    /// <summary>Depth of the outermost scope it was handed to, so that scopes deeper than this let it pass; written by the workspace.</summary>
    internal int KeptDepth { get; set; } = int.MaxValue;

    /// <summary>The tensor that owns the memory: itself, unless it is a view.</summary>
    internal Tensor Root => _root ?? this;

    /// <summary>The same elements under another shape of equal count. The view shares memory and is never returned on its own.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public Tensor Reshape(Shape shape)
    {
        if (shape.Count != Shape.Count)
            throw new ArgumentException($"{Shape} cannot be seen as {shape}: {Shape.Count} elements against {shape.Count}", nameof(shape));
        RefuseChannels();
        return new Tensor(Buffer, Offset, shape, Type, root: _root ?? this);
    }

    /// <summary>A view of entries <paramref name="start"/> .. <paramref name="start"/>+<paramref name="count"/> of the first axis.</summary>
    public Tensor Slice(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 0 || start > Shape[0] - count)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"entries {start}..{start + count} of {Shape}");
        RefuseChannels();
        Span<int> axes = stackalloc int[Shape.MaxRank];
        Shape.CopyTo(axes);
        axes[0] = count;
        long rowBytes = Shape[0] == 0 ? 0 : ByteCount / Shape[0];
        return new Tensor(Buffer, Offset + start * rowBytes, new Shape(axes[..Shape.Rank]), Type, root: _root ?? this);
    }

    /// <summary>
    /// A view of channels <paramref name="start"/> .. <paramref name="start"/>+<paramref name="count"/> of a feature map, for the operations of a
    /// workspace that <see cref="Backend.TakesChannels">takes them</see>. [..., C] to [..., count]; it shares memory and is never returned on its own.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such channels.</exception>
    public Tensor Channels(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 1 || start > Shape[-1] - count)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"channels {start}..{start + count} of {Shape}");
        return new Tensor(Buffer, Offset + start * (long)Type.Size(), Shape.WithLast(count), Type, root: _root ?? this, pitch: Pitch);
    }

    void RefuseChannels()
    {
        if (IsChannels) throw new InvalidOperationException($"{this} are channels of a wider map and have no view but fewer channels");
    }

    /// <summary>Gives the memory back early: to its workspace, or to the device when the tensor was created on its own. Views give nothing
    /// back.</summary>
    public void Dispose()
    {
        if (_root is not null || _returned) return;
        if (Owner is not null) Owner.Return(this);
        else if (_ownsBuffer)
        {
            _returned = true;
            Buffer.Dispose();
        }
    }

    internal void MarkReturned() => _returned = true;

    /// <summary>For example <c>F32 [1, 64, 64, 320]</c>.</summary>
    public override string ToString() => $"{Type} {Shape}{(IsReturned ? " (returned)" : "")}";
}
