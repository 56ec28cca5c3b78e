using System.Collections.Concurrent;

namespace PgpSr.Gpu.Ptx;

/// <summary>The kernels of our own PTX that the driver has compiled for a device, whose backends share them.</summary>
sealed class PtxKernels(DeviceDriver driver)
{
    // Lazy, so that two threads do not compile one kernel twice, and do compile two at once.
    readonly ConcurrentDictionary<string, Lazy<PtxKernel>> _kernels = new(StringComparer.Ordinal);

    /// <summary>A kernel by its name, which tells everything that its text depends on; compiled at its first use.</summary>
    /// <exception cref="GpuException">The driver does not take the text.</exception>
    public PtxKernel Get(string name, int threads, Func<string> emit) =>
        _kernels.GetOrAdd(
            name, static (key, a) => new(() => new PtxKernel(key, a.Threads, a.Driver.LoadPtx(key, a.Emit()))),
            (Driver: driver, Threads: threads, Emit: emit)).Value;
}
