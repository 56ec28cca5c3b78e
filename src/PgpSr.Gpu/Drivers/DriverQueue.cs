using ILGPU;

namespace PgpSr.Gpu;

/// <summary>The driver's queue of one backend: launches and copies run in the order in which they were asked for, and return at once.</summary>
abstract unsafe class DriverQueue : IDisposable
{
    /// <summary>Runs a kernel for each of <paramref name="count"/> elements.</summary>
    public abstract void Launch<TKernel>(in TKernel kernel, int count, int groups, int threads)
        where TKernel : struct, IElementKernel;

    /// <summary>Runs a kernel on groups.</summary>
    public abstract void Launch<TKernel>(in TKernel kernel, KernelConfig config)
        where TKernel : struct, IGroupKernel;

    /// <summary>Runs a kernel of our own PTX.</summary>
    /// <param name="function">From <see cref="DeviceDriver.LoadPtx"/>.</param>
    /// <param name="grid">Groups.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="arguments">Pointers to its arguments.</param>
    public virtual void Launch(IntPtr function, Index3D grid, int threads, void** arguments) =>
        throw new NotSupportedException("PTX is for CUDA devices");

    /// <summary>Queues a copy of host bytes, which must stay as they are until <see cref="Synchronize"/>.</summary>
    public abstract void Upload(byte* source, ArrayView<byte> destination);

    /// <summary>Queues a copy to host bytes, which are there after <see cref="Synchronize"/>.</summary>
    public abstract void Download(ArrayView<byte> source, byte* destination);

    /// <summary>Queues a copy on the device.</summary>
    public abstract void Copy(ArrayView<byte> source, ArrayView<byte> destination);

    /// <summary>Waits for everything queued.</summary>
    public abstract void Synchronize();

    /// <summary>Host memory from which uploads are fast; it goes with the queue.</summary>
    public abstract byte* Staging(int bytes);

    public abstract void Dispose();
}
