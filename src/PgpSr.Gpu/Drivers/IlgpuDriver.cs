using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace PgpSr.Gpu;

/// <summary>A device through ILGPU: kernels are compiled from this program's own instructions at their first use.</summary>
[RequiresDynamicCode("ILGPU reads instructions and emits launchers while the program runs")]
[RequiresUnreferencedCode("ILGPU reads the instructions of kernels")]
sealed class IlgpuDriver : DeviceDriver
{
    // ILGPU's own cache may drop kernels; these stay as long as the device is open. Made once, so that two threads do not compile one kernel twice.
    readonly ConcurrentDictionary<Type, MadeOnce<Delegate>> _launchers = new();
    readonly ConcurrentBag<IntPtr> _modules = [];
    readonly Context _context;
    readonly GpuDeviceReport _report;

    /// <param name="report">The device.</param>
    /// <param name="handle">The driver's handle of it: ILGPU lists devices in an order of its own.</param>
    public IlgpuDriver(GpuDeviceReport report, IntPtr handle)
    {
        _report = report;
        DriverLibraries.Resolve();
        _context = Context.Create(builder =>
        {
            // Only O2 addresses global and shared memory as such in PTX.
            builder.EnableAlgorithms().Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive);
            switch (report.Api)
            {
                case GpuApi.Cuda: builder.Cuda(); break;
                case GpuApi.OpenCl: builder.OpenCL(_ => true); break;
                default: builder.CPU(SimulatedDevice); break;
            }
        });
        try
        {
            Accelerator = report.Api == GpuApi.Simulated
                ? _context.GetCPUDevice(0).CreateCPUAccelerator(_context, CPUAcceleratorMode.Parallel)
                : Find(handle).CreateAccelerator(_context);
            if (Accelerator is CLAccelerator cl) CompilerRepairs.Apply(cl.Backend);
            if (Accelerator is CudaAccelerator cuda) CompilerRepairs.Apply(cuda.Backend);
        }
        catch
        {
            _context.Dispose();
            throw;
        }
    }

    public Accelerator Accelerator { get; }

    /// <summary>
    /// Held while a kernel is launched: an OpenCL kernel object carries its arguments from setting to queueing, and backends share it.
    /// </summary>
    public Lock LaunchLock { get; } = new();

    public override int MaxGroupSize => Accelerator.MaxNumThreadsPerGroup;

    public override int Multiprocessors => Accelerator.NumMultiprocessors;

    public override MemoryBuffer Allocate(long bytes) => Accelerator.AllocateRaw(bytes, 1);

    public override DriverQueue CreateQueue() => new IlgpuQueue(this, Accelerator.CreateStream());

    public override void Compile<TKernel>() => Launcher<TKernel>();

    /// <summary>
    /// The launcher of a kernel, compiled at its first use: takes the stream, the groups, the kernel and, if that is one over elements, their count.
    /// </summary>
    public Delegate Launcher<TKernel>()
        where TKernel : struct, IKernel =>
        _launchers.GetOrAdd(typeof(TKernel), static (_, driver) => new(driver.Load<TKernel>), this).Value;

    public override IntPtr LoadPtx(string name, string text)
    {
        Accelerator.Bind();
        var error = CudaAPI.CurrentAPI.LoadModule(out var module, text, out string? log);
        if (error != CudaError.CUDA_SUCCESS) Throw.PtxRefused(_report.Name, name, error.ToString(), log);
        _modules.Add(module);
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetModuleFunction(out var function, module, name));
        return function;
    }

    public override void Dispose()
    {
        _launchers.Clear();
        if (!_modules.IsEmpty) Accelerator.Bind();
        // A module that a lost device no longer knows has nothing to free: the result is not read.
        foreach (var module in _modules) _ = CudaAPI.CurrentAPI.DestroyModule(module);
        Accelerator.Dispose();
        _context.Dispose();
    }

    Device Find(IntPtr handle)
    {
        foreach (var device in _context.Devices)
        {
            if (device is CudaDevice cuda && cuda.DeviceId == handle || device is CLDevice cl && cl.DeviceId == handle) return device;
        }
        Throw.UnknownToIlgpu(_report);
        return null;
    }

    Delegate Load<TKernel>()
        where TKernel : struct, IKernel =>
        typeof(TKernel).IsAssignableTo(typeof(IGroupKernel))
            ? Load<Action<AcceleratorStream, KernelConfig, TKernel>>(KernelEntry.Of(typeof(TKernel)))
            : Load<Action<AcceleratorStream, KernelConfig, TKernel, int>>(KernelEntry.Of(typeof(TKernel)));

    TLauncher Load<TLauncher>(MethodInfo kernel)
        where TLauncher : Delegate => Accelerator.LoadKernel<TLauncher>(kernel);

    // A warp of 4 and groups of up to 64, which tiled kernels need: every thread of a group is one of the operating system's.
    static CPUDevice SimulatedDevice { get; } = new(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 16, numMultiprocessors: 1);
}
