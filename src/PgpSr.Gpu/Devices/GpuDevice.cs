using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using PgpSr.Gpu.Ptx;

namespace PgpSr.Gpu;

/// <summary>
/// One opened device with its compiled kernels. Backends on the same device share it: the last one to go closes it, so that compiling is paid once.
/// </summary>
sealed class GpuDevice : IDisposable
{
    static readonly Lock s_lock = new();
    static readonly Dictionary<string, GpuDevice> s_open = [];

    // ILGPU's own cache may drop kernels; these stay as long as the device is open. Lazy, so that two threads do not compile one kernel twice.
    readonly ConcurrentDictionary<Type, Lazy<Delegate>> _launchers = new();
    readonly HashSet<string> _prepared = new(StringComparer.Ordinal);
    readonly Context _context;
    readonly Lazy<PtxKernels> _ptx;
    Task _preparing = Task.CompletedTask;
    int _users;

    GpuDevice(GpuDeviceReport report, Context context, Accelerator accelerator)
    {
        Report = report;
        _context = context;
        Accelerator = accelerator;
        _ptx = new(() => new PtxKernels((CudaAccelerator)accelerator, report.Name));
        // Kernels are written for any power of two; 256 threads fill every device known, and threads of the operating system are dear.
        int most = report.Id == GpuDevices.SimulatedNarrow ? 1 : report.Api == GpuApi.Simulated ? 16 : 256;
        GroupSize = Math.Min(most, 1 << (31 - int.LeadingZeroCount(accelerator.MaxNumThreadsPerGroup)));
    }

    public GpuDeviceReport Report { get; }

    public Accelerator Accelerator { get; }

    /// <summary>
    /// Held while a kernel is launched: an OpenCL kernel object carries its arguments from setting to queueing, and backends share it.
    /// </summary>
    public Lock LaunchLock { get; } = new();

    /// <summary>Threads of a group in kernels that do not need a size of their own: a power of two.</summary>
    public int GroupSize { get; }

    /// <summary>Groups that keep the device busy: 16 on each multiprocessor.</summary>
    public int FullGrid => 16 * Math.Max(1, Accelerator.NumMultiprocessors);

    /// <summary>Kernels of our own PTX, on a CUDA device.</summary>
    public PtxKernels Ptx => _ptx.Value;

    /// <summary>Opens a device, or joins those who have it open. Dispose once for each call.</summary>
    public static GpuDevice Open(GpuDeviceReport report)
    {
        lock (s_lock)
        {
            if (!s_open.TryGetValue(report.Id, out var device))
            {
                lock (DriverLibraries.Enumeration) device = Create(report);
                s_open.Add(report.Id, device);
            }
            device._users++;
            return device;
        }
    }

    /// <summary>The launcher of a kernel over groups, compiled at its first use.</summary>
    public Action<AcceleratorStream, KernelConfig, TKernel> Groups<TKernel>()
        where TKernel : struct, IGroupKernel =>
        (Action<AcceleratorStream, KernelConfig, TKernel>)_launchers.GetOrAdd(typeof(TKernel), static (_, device) => new(() =>
            device.Compile<Action<AcceleratorStream, KernelConfig, TKernel>>(KernelEntry.GroupsOf<TKernel>())), this).Value;

    /// <summary>The launcher of a kernel over elements, compiled at its first use.</summary>
    public Action<AcceleratorStream, KernelConfig, TKernel, int> Elements<TKernel>()
        where TKernel : struct, IElementKernel =>
        (Action<AcceleratorStream, KernelConfig, TKernel, int>)_launchers.GetOrAdd(typeof(TKernel), static (_, device) => new(() =>
            device.Compile<Action<AcceleratorStream, KernelConfig, TKernel, int>>(KernelEntry.ElementsOf<TKernel>())), this).Value;

    /// <summary>
    /// Compiles kernels on a thread of its own, one set after the other, while weights are loaded. What fails here fails again, and is reported,
    /// where the kernel is needed.
    /// </summary>
    /// <param name="set">The set's name: each is compiled once.</param>
    /// <param name="compile">Asks for the launchers.</param>
    public void Prepare(string set, Action<GpuDevice> compile)
    {
        // The stand-in runs the program's own instructions: there is nothing to compile.
        if (Report.Api == GpuApi.Simulated) return;
        lock (_prepared)
        {
            if (!_prepared.Add(set)) return;
            _preparing = _preparing.ContinueWith(_ => Try(compile), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        lock (s_lock)
        {
            if (--_users > 0) return;
            s_open.Remove(Report.Id);
            _preparing.Wait();
            _launchers.Clear();
            if (_ptx.IsValueCreated) Ptx.Dispose();
            Accelerator.Dispose();
            _context.Dispose();
        }
    }

    void Try(Action<GpuDevice> compile)
    {
        try
        {
            compile(this);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            // The operation that needs the kernel says so.
        }
    }

    TLauncher Compile<TLauncher>(MethodInfo kernel)
        where TLauncher : Delegate => Accelerator.LoadKernel<TLauncher>(kernel);

    static GpuDevice Create(GpuDeviceReport report)
    {
        DriverLibraries.Resolve();
        var context = Context.Create(builder =>
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
            int index = report.Api == GpuApi.Simulated ? 0 : GpuDevices.IndexOf(report.Id);
            var accelerator = report.Api switch
            {
                GpuApi.Cuda => context.CreateCudaAccelerator(index),
                GpuApi.OpenCl => context.CreateCLAccelerator(index),
                _ => (Accelerator)context.GetCPUDevice(0).CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel),
            };
            if (accelerator is CLAccelerator cl) CompilerRepairs.Apply(cl.Backend);
            if (accelerator is CudaAccelerator cuda) CompilerRepairs.Apply(cuda.Backend);
            return new GpuDevice(report, context, accelerator);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    // A warp of 4 and groups of up to 64, which tiled kernels need: every thread of a group is one of the operating system's.
    static CPUDevice SimulatedDevice { get; } = new(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 16, numMultiprocessors: 1);
}
