using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using PgpSr.Gpu.Ptx;

namespace PgpSr.Gpu;

/// <summary>
/// One opened device with its compiled kernels. Backends on the same device share it: the last one to go closes it, so that compiling is paid once.
/// </summary>
sealed class GpuDevice : IDisposable
{
    static readonly Lock s_lock = new();
    static readonly Dictionary<(string Id, bool CompiledKernels), GpuDevice> s_open = [];

    readonly HashSet<string> _prepared = new(StringComparer.Ordinal);
    readonly Lazy<PtxKernels> _ptx;
    Task _preparing = Task.CompletedTask;
    (string Id, bool CompiledKernels) _key;
    int _users;

    GpuDevice(GpuDeviceReport report, DeviceDriver driver)
    {
        Report = report;
        Driver = driver;
        _ptx = new(() => new PtxKernels(driver));
        // Kernels are written for any power of two; 256 threads fill every device known, and threads of the operating system are dear.
        int most = report.Id == GpuDevices.SimulatedNarrow ? 1 : report.Api == GpuApi.Simulated ? 16 : 256;
        GroupSize = Math.Min(most, 1 << (31 - int.LeadingZeroCount(driver.MaxGroupSize)));
    }

    public GpuDeviceReport Report { get; }

    public DeviceDriver Driver { get; }

    /// <summary>Threads of a group in kernels that do not need a size of their own: a power of two.</summary>
    public int GroupSize { get; }

    /// <summary>Groups that keep the device busy: 16 on each multiprocessor.</summary>
    public int FullGrid => 16 * Math.Max(1, Driver.Multiprocessors);

    /// <summary>Kernels of our own PTX, on a CUDA device.</summary>
    public PtxKernels Ptx => _ptx.Value;

    /// <summary>A device over a driver that is open, shared with nobody.</summary>
    public static GpuDevice Over(GpuDeviceReport report, DeviceDriver driver) => new(report, driver) { _users = 1 };

    /// <summary>Opens a device, or joins those who have it open. Dispose once for each call.</summary>
    /// <param name="report">Which.</param>
    /// <param name="compiledKernels">Take the kernels that were compiled beforehand; a native program has no others.</param>
    public static GpuDevice Open(GpuDeviceReport report, bool compiledKernels)
    {
        lock (s_lock)
        {
            var key = (report.Id, compiledKernels);
            if (!s_open.TryGetValue(key, out var device))
            {
                lock (DriverLibraries.Enumeration) device = Create(report, compiledKernels);
                device._key = key;
                s_open.Add(key, device);
            }
            device._users++;
            return device;
        }
    }

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
            s_open.Remove(_key);
            _preparing.Wait();
            Driver.Dispose();
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

#pragma warning disable IL4000 // What is trimmed is a native program, which makes no code while it runs.
    [FeatureGuard(typeof(RequiresDynamicCodeAttribute))]
    [FeatureGuard(typeof(RequiresUnreferencedCodeAttribute))]
    static bool CompilesWhileRunning => RuntimeFeature.IsDynamicCodeSupported;
#pragma warning restore IL4000

    static GpuDevice Create(GpuDeviceReport report, bool compiledKernels)
    {
        if (report.Api == GpuApi.Simulated)
        {
            if (CompilesWhileRunning) return new(report, new IlgpuDriver(report, IntPtr.Zero));
            Throw.NoCompiledKernels(report);
        }
        // The device may have gone since it was listed.
        if (report.Api == GpuApi.Cuda)
        {
            var cuda = CudaFunctions.Of(DriverLibraries.Cuda);
            var gpu = NvidiaDevice.All(cuda).ElementAtOrDefault(GpuDevices.IndexOf(report.Id));
            if (gpu is null) Throw.DeviceGone(report);
            if (CompilesWhileRunning && !compiledKernels) return new(report, new IlgpuDriver(report, gpu.Handle));
            return new(report, new CudaDriver(cuda, gpu));
        }
        var functions = OpenClFunctions.Of(DriverLibraries.OpenCl);
        var device = OpenClDevice.All(functions).ElementAtOrDefault(GpuDevices.IndexOf(report.Id));
        if (device is null) Throw.DeviceGone(report);
        if (CompilesWhileRunning && !compiledKernels) return new(report, new IlgpuDriver(report, device.Handle));
        return new(report, new OpenClDriver(functions, device));
    }
}
