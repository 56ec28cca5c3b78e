using ILGPU;
using ILGPU.Runtime;

namespace PgpSr.Gpu;

/// <summary>
/// A block of device memory that a driver gave, in the form of which ILGPU's views are made; views are the common language of kernels' arguments,
/// whoever launches them.
/// </summary>
sealed class DriverBuffer : MemoryBuffer
{
    readonly Action<IntPtr> _release;

    /// <param name="handle">The driver's address or handle.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="release">Gives it back.</param>
    public DriverBuffer(IntPtr handle, long bytes, Action<IntPtr> release)
        : base(null!, bytes, 1)
    {
        NativePtr = handle;
        _release = release;
    }

    protected override void MemSet(AcceleratorStream stream, byte value, in ArrayView<byte> targetView) => throw Unused();

    protected override void CopyTo(AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) => throw Unused();

    protected override void CopyFrom(AcceleratorStream stream, in ArrayView<byte> sourceView, in ArrayView<byte> targetView) => throw Unused();

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        // Without an owner left there is no device left either.
        if (disposing) _release(NativePtr);
        NativePtr = IntPtr.Zero;
    }

    static NotSupportedException Unused() => new("copies go through the driver's queue");
}
