using System.Collections.Concurrent;
using ILGPU.Runtime.Cuda;

namespace PgpSr.Gpu.Ptx;

/// <summary>The kernels of our own PTX that the driver has compiled for a device, whose backends share them.</summary>
sealed class PtxKernels(CudaAccelerator accelerator, string device) : IDisposable
{
    // Lazy, so that two threads do not compile one kernel twice, and do compile two at once.
    readonly ConcurrentDictionary<string, Lazy<PtxKernel>> _kernels = new(StringComparer.Ordinal);
    readonly ConcurrentBag<IntPtr> _modules = [];

    /// <summary>A kernel by its name, which tells everything that its text depends on; compiled at its first use.</summary>
    /// <exception cref="GpuException">The driver does not take the text.</exception>
    public PtxKernel Get(string name, int threads, Func<string> emit) =>
        _kernels.GetOrAdd(name, static (key, a) => new(() => a.Owner.Load(key, a.Threads, a.Emit())), (Owner: this, Threads: threads, Emit: emit)).Value;

    public void Dispose()
    {
        accelerator.Bind();
        // A module that a lost device no longer knows has nothing to free: the result is not read.
        foreach (var module in _modules) _ = CudaAPI.CurrentAPI.DestroyModule(module);
        _kernels.Clear();
    }

    PtxKernel Load(string name, int threads, string text)
    {
        accelerator.Bind();
        var error = CudaAPI.CurrentAPI.LoadModule(out var module, text, out string? log);
        if (error != CudaError.CUDA_SUCCESS)
            throw new GpuException(device, GpuFailure.DriverError, $"the driver does not take the kernel {name} ({error}): {log}. Update the driver, or turn tensor cores off");
        _modules.Add(module);
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetModuleFunction(out var function, module, name));
        return new PtxKernel(accelerator, name, threads, function);
    }
}
