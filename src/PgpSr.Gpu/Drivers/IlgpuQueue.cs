using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace PgpSr.Gpu;

/// <summary>A stream of ILGPU.</summary>
[RequiresDynamicCode("ILGPU reads instructions and emits launchers while the program runs")]
[RequiresUnreferencedCode("ILGPU reads the instructions of kernels")]
sealed unsafe class IlgpuQueue(IlgpuDriver driver, AcceleratorStream stream) : DriverQueue
{
    PageLockedArray1D<byte>? _pinned;
    byte* _staging;

    public override void Launch<TKernel>(in TKernel kernel, int count, int groups, int threads)
    {
        var launch = (Action<AcceleratorStream, KernelConfig, TKernel, int>)driver.Launcher<TKernel>();
        lock (driver.LaunchLock) launch(stream, new KernelConfig(groups, threads), kernel, count);
    }

    public override void Launch<TKernel>(in TKernel kernel, KernelConfig config)
    {
        var launch = (Action<AcceleratorStream, KernelConfig, TKernel>)driver.Launcher<TKernel>();
        lock (driver.LaunchLock) launch(stream, config, kernel);
    }

    public override void Launch(IntPtr function, Index3D grid, int threads, void** arguments)
    {
        driver.Accelerator.Bind();
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.LaunchKernel(
            function, grid.X, grid.Y, grid.Z, threads, 1, 1, 0, ((CudaStream)stream).StreamPtr, (IntPtr)arguments, IntPtr.Zero));
    }

    public override void Upload(byte* source, ArrayView<byte> destination) =>
        destination.CopyFromCPUUnsafeAsync(stream, ref *source, destination.Length);

    public override void Download(ArrayView<byte> source, byte* destination) =>
        source.CopyToCPUUnsafeAsync(stream, ref *destination, source.Length);

    public override void Copy(ArrayView<byte> source, ArrayView<byte> destination) => source.CopyTo(stream, destination);

    public override void Synchronize() => stream.Synchronize();

    public override byte* Staging(int bytes)
    {
        if (_staging != null) return _staging;
        if (driver.Accelerator is not CudaAccelerator) return _staging = (byte*)NativeMemory.Alloc((nuint)bytes);
        // Page-locked memory is what makes a CUDA copy asynchronous.
        _pinned = driver.Accelerator.AllocatePageLocked1D<byte>(bytes, uninitialized: true);
        return _staging = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_pinned.Span));
    }

    public override void Dispose()
    {
        if (_pinned is not null) _pinned.Dispose();
        else NativeMemory.Free(_staging);
        stream.Dispose();
    }
}
