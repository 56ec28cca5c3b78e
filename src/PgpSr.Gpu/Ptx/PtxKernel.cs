using System.Collections.Concurrent;
using ILGPU.Runtime;
using ILGPU;

namespace PgpSr.Gpu.Ptx;

/// <summary>A kernel of our own PTX in the driver.</summary>
sealed unsafe class PtxKernel(string name, int threads, IntPtr function)
{
    /// <summary>More than any kernel here takes.</summary>
    const int MaxArguments = 32;

    public string Name { get; } = name;

    /// <summary>Queues the kernel. An argument is an address, a number or a float's bits; each takes 8 bytes here, of which the driver reads as many as the parameter is wide.</summary>
    public void Launch(DriverQueue queue, Index3D grid, params ReadOnlySpan<ulong> arguments)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(arguments.Length, MaxArguments);
        ulong* values = stackalloc ulong[MaxArguments];
        void** pointers = stackalloc void*[MaxArguments];
        for (int i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i];
            pointers[i] = values + i;
        }
        queue.Launch(function, grid, threads, pointers);
    }

    /// <summary>The address of a view's first element, as an argument.</summary>
    public static ulong Address<T>(ArrayView<T> view)
        where T : unmanaged => (ulong)(nint)view.LoadEffectiveAddressAsPtr();
}

/// <summary>The kernels of our own PTX that the driver has compiled for a device, whose backends share them.</summary>
sealed class PtxKernels(DeviceDriver driver)
{
    // Made once, so that two threads do not compile one kernel twice, and do compile two at once.
    readonly ConcurrentDictionary<string, MadeOnce<PtxKernel>> _kernels = new(StringComparer.Ordinal);

    /// <summary>A kernel by its name, which tells everything that its text depends on; compiled at its first use.</summary>
    /// <exception cref="GpuException">The driver does not take the text.</exception>
    public PtxKernel Get(string name, int threads, Func<string> emit) =>
        _kernels.GetOrAdd(
            name, static (key, a) => new(() => new PtxKernel(key, a.Threads, a.Driver.LoadPtx(key, a.Emit()))),
            (Driver: driver, Threads: threads, Emit: emit)).Value;
}
