using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using ILGPU;
using ILGPU.Runtime;

namespace PgpSr.Gpu;

/// <summary>
/// The arguments of one launch as a kernel that was compiled beforehand takes them: one block of bytes, each field where the manifest has it. A view
/// is 16 bytes, address and length; OpenCL gives addresses apart, as buffers, and a view then starts with its index in its buffer.
/// </summary>
ref struct KernelArguments(ReadOnlySpan<KernelField> fields, Span<byte> block, Span<IntPtr> buffers, bool separateViews)
{
    readonly ReadOnlySpan<KernelField> _fields = fields;
    readonly Span<byte> _block = block;
    readonly Span<IntPtr> _buffers = buffers;

    /// <summary>Fields written so far.</summary>
    public int Count { get; private set; }

    /// <summary>Views among them.</summary>
    public int Views { get; private set; }

    [UnscopedRef]
    public ref KernelArguments Add(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Next(KernelFieldKind.Int), value);
        return ref this;
    }

    [UnscopedRef]
    public ref KernelArguments Add(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Next(KernelFieldKind.Float), value);
        return ref this;
    }

    /// <summary>The fields of a field.</summary>
    [UnscopedRef]
    public ref KernelArguments Add<TFields>(in TFields fields)
        where TFields : struct, IKernelFields
    {
        fields.Write(ref this);
        return ref this;
    }

    [UnscopedRef]
    public ref KernelArguments Add<T>(ArrayView<T> view)
        where T : unmanaged
    {
        var at = Next(KernelFieldKind.View);
        var buffer = BufferOf(view);
        long index = buffer is null ? 0 : IndexInBytes(view);
        if (separateViews)
        {
            _buffers[Views] = buffer?.NativePtr ?? IntPtr.Zero;
            BinaryPrimitives.WriteInt64LittleEndian(at, index / Interop.SizeOf<T>());
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, (buffer?.NativePtr ?? IntPtr.Zero) + index);
        }
        BinaryPrimitives.WriteInt64LittleEndian(at[8..], view.Length);
        Views++;
        return ref this;
    }

    /// <exception cref="InvalidOperationException">The kernel that was compiled has more fields.</exception>
    public readonly void CheckComplete()
    {
        if (Count != _fields.Length)
            throw new InvalidOperationException($"{Count} arguments for a kernel of {_fields.Length}: compile kernels again");
    }

    readonly Span<byte> At(int field) => _block[_fields[field].Offset..];

    Span<byte> Next(KernelFieldKind kind)
    {
        // The manifest and the kernel come from one source; a difference would be read as memory elsewhere.
        if (Count >= _fields.Length || _fields[Count].Kind != kind)
            throw new InvalidOperationException($"argument {Count} is {kind} here and not in the kernel that was compiled: compile kernels again");
        return At(Count++);
    }

    public static MemoryBuffer? BufferOf<TView>(in TView view)
        where TView : struct, IContiguousArrayView => view.Buffer;

    public static long IndexInBytes<TView>(in TView view)
        where TView : struct, IContiguousArrayView => view.IndexInBytes;
}

/// <summary>What a field of a kernel is.</summary>
enum KernelFieldKind
{
    /// <summary>Elements in device memory.</summary>
    View,

    /// <summary>A 32-bit integer.</summary>
    Int,

    /// <summary>A float32.</summary>
    Float,
}

/// <summary>A field of a kernel and where it lies in the block of arguments.</summary>
readonly record struct KernelField(KernelFieldKind Kind, int Offset);
