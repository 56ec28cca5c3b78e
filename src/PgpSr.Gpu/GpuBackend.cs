using PgpSr.Gpu.Fourier;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// A GPU through CUDA or OpenCL: weights and activations stay on the device, operations are queued, and one <see cref="Backend.Download"/> waits for all
/// of them. Results are the same bytes from run to run on one device.
/// </summary>
public sealed partial class GpuBackend : Backend
{
    // Both spectra of a phase exchange: a map's height times half its width, of complex numbers, of up to 64 channels; and what products and norms hold.
    const long SpectrumBytes = 64 * sizeof(float);
    const long OtherScratchBytes = 16L << 20;

    readonly GpuDevice _device;
    readonly GpuQueue _queue;
    readonly GpuProducts _products;
    readonly FourierTransforms _fourier;
    readonly ElementOperations _singles;
    readonly ElementOperations _halves;
    readonly bool _isRun;

    // One run of a backend.
    GpuBackend(GpuBackend whole)
    {
        _device = whole._device;
        _queue = whole._queue;
        _products = whole._products;
        _fourier = whole._fourier;
        _singles = whole._singles;
        _halves = whole._halves;
        Name = whole.Name;
        ActivationType = whole.ActivationType;
        CancellationToken = whole.CancellationToken;
        _isRun = true;
    }

    GpuBackend(GpuDevice device, GpuBackendOptions options)
    {
        _device = device;
        Name = $"gpu, {device.Report.Name} ({device.Report.Id})";
        long limit = options.MemoryLimit ?? (device.Report.MemoryBytes > 0 ? device.Report.MemoryBytes : long.MaxValue);
        _queue = new GpuQueue(device, Name, new GpuMemory(device, Name, limit));
        try
        {
            _products = GpuProducts.Create(_queue, options);
        }
        catch
        {
            _queue.Dispose();
            throw;
        }
        _fourier = new FourierTransforms(_queue);
        _singles = new ElementOperations<SingleElement>(_queue, _fourier);
        _halves = device.Report.Api == GpuApi.Cuda
            ? new ElementOperations<HalfElement>(_queue, _fourier) : new ElementOperations<HalfBits>(_queue, _fourier);
        ActivationType = options.ActivationType;
        if (ActivationType == DType.F16) device.Prepare("all networks, F16", _halves.Compile);
        device.Prepare("all networks", _singles.Compile);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override DType ActivationType { get; }

    /// <summary>The device.</summary>
    public GpuDeviceReport Device => _device.Report;

    /// <summary>Which kernels serve linear layers, convolutions and attention: for messages and reports.</summary>
    public string Products => _products.Name;

    /// <summary>Bytes of device memory held now: tensors, weights and scratch.</summary>
    public long MemoryBytes => _queue.Memory.Bytes;

    /// <inheritdoc/>
    public override long ScratchBytes => _queue.ScratchBytes;

    /// <inheritdoc/>
    public override ScratchBound ScratchFor(int height, int width) => new(2 * SpectrumBytes * height * (width + 2L) + OtherScratchBytes, 0, 0);

    /// <inheritdoc/>
    public override Backend BeginRun(int workers = int.MaxValue) => new GpuBackend(this);

    /// <summary>For tests: what the queue did.</summary>
    internal GpuQueue Queue => _queue;

    /// <summary>Creates a backend on a device; several may share one.</summary>
    /// <exception cref="GpuException">No driver, no such device, or the device lacks something; the message says what to do.</exception>
    public static GpuBackend Create(GpuBackendOptions? options = null)
    {
        options ??= new GpuBackendOptions();
        var report = GpuDevices.Choose(options.Device);
        if (options.TensorCores == TensorCoreUse.Force && !report.TensorCores) Throw.NoTensorCores(report.Name);
        return Create(report, options, () => GpuDevice.Open(report, options.CompiledKernels ?? report.Api != GpuApi.Simulated));
    }

    /// <summary>A backend over a driver of the caller's, for tests.</summary>
    internal static GpuBackend Over(GpuDeviceReport report, Func<DeviceDriver> open, GpuBackendOptions options) =>
        Create(report, options, () => GpuDevice.Over(report, open()));

    static GpuBackend Create(GpuDeviceReport report, GpuBackendOptions options, Func<GpuDevice> open)
    {
        GpuDevice device;
        try
        {
            device = open();
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(report.Name, "opening the device", e);
        }
        try
        {
            return new GpuBackend(device, options);
        }
        catch (Exception e)
        {
            device.Dispose();
            if (DriverErrors.IsDriverError(e)) throw DriverErrors.Translate(report.Name, "opening the device", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new GpuBuffer(_queue.Memory, bytes);

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        using var turn = Begin();
        _queue.Upload(source, GpuBuffer.Bytes(destination));
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor source, Span<byte> destination)
    {
        using var turn = Begin();
        _queue.Download(GpuBuffer.Bytes(source), destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_isRun || !disposing || _queue.IsDisposed) return;
        // A run that goes on finds the queue closed, and not tables that are gone.
        using var turn = _queue.Begin(CancellationToken.None);
        _fourier.Dispose();
        _products.Dispose();
        _queue.Dispose();
        _device.Dispose();
    }

    // Runs share the device's queue: an operation, with its scratch memory and this run's request to stop, is one turn of it.
    Lock.Scope Begin() => _queue.Begin(CancellationToken);
}
