using ILGPU;
using ILGPU.Runtime;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>Device memory behind tensors and weights of a GPU backend.</summary>
sealed class GpuBuffer(GpuMemory memory, long length) : DeviceBuffer(length)
{
    readonly MemoryBuffer _memory = memory.Take(length);

    /// <summary>Elements <paramref name="offset"/> bytes after the start, which must be a multiple of their size.</summary>
    public ArrayView<T> View<T>(long offset, long count) where T : unmanaged =>
        new ArrayView<byte>(_memory, offset, count * Interop.SizeOf<T>()).Cast<T>();

    /// <summary>The elements of a float32 tensor of this backend.</summary>
    public static ArrayView<float> Floats(Tensor tensor) => Elements<float>(tensor);

    /// <summary>The elements of a tensor of this backend, as a kernel takes them.</summary>
    /// <exception cref="ArgumentException">They have another width.</exception>
    public static ArrayView<T> Elements<T>(Tensor tensor) where T : unmanaged
    {
        if (Interop.SizeOf<T>() != tensor.Type.Size()) Throw.OtherType(tensor, Interop.SizeOf<T>());
        return ((GpuBuffer)tensor.Buffer).View<T>(tensor.Offset, tensor.Shape.Count);
    }

    /// <summary>The bytes of a tensor of this backend.</summary>
    public static ArrayView<byte> Bytes(Tensor tensor) => ((GpuBuffer)tensor.Buffer).View<byte>(tensor.Offset, tensor.ByteCount);

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        memory.GiveBack(_memory, Length);
    }
}
