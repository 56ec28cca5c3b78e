using ILGPU.Runtime;

namespace PgpSr.Gpu;

/// <summary>
/// The way to one opened device: memory, queues and kernels. Two kinds: kernels compiled from this program's instructions while it runs
/// (<see cref="IlgpuDriver"/>), and kernels that were compiled beforehand (<see cref="OpenClDriver"/>).
/// </summary>
abstract class DeviceDriver : IDisposable
{
    /// <summary>The most threads of a group.</summary>
    public abstract int MaxGroupSize { get; }

    public abstract int Multiprocessors { get; }

    /// <summary>A block of device memory. Its native pointer is the driver's address or handle; views of it are what kernels take.</summary>
    public abstract MemoryBuffer Allocate(long bytes);

    public abstract DriverQueue CreateQueue();

    /// <summary>Makes a kernel over groups ready to launch, if it is not.</summary>
    public abstract void Compile<TKernel>()
        where TKernel : struct, IKernel;

    /// <summary>Loads a text of our own PTX and gives its entry point's handle; for CUDA devices.</summary>
    /// <exception cref="GpuException">The driver does not take the text.</exception>
    public virtual IntPtr LoadPtx(string name, string text) => throw new NotSupportedException("PTX is for CUDA devices");

    public abstract void Dispose();
}
