using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>The CPU backend: managed SIMD kernels of 128, 256 or 512 bits on a few threads of its own.</summary>
public sealed partial class CpuBackend : Backend
{
    // Transforms of a phase exchange work on 16 channels of two maps at once: 128 bytes a position, a tenth more for half spectra and odd sizes.
    const long PlaneBytes = 128;
    const double SpectrumMargin = 1.1;

    // Transformed inputs of a strip (WinogradPlan), or moments; attention of large models has its own in the third-level cache's size.
    const long SharedBytes = 12L << 20;

    // Weights and sums of an item of products (WinogradProduct, GemmWork), and how many workers budgets are planned for: on a machine with more, a run
    // with a budget is given as many as fit.
    const long WorkerBytes = 2L << 20;
    const int CountedWorkers = 2;

    readonly CpuBackendOptions _options;
    readonly KernelSet _kernels;
    readonly RunStock _stock;
    readonly KeptMemory _kept;
    readonly RunResources _resources;
    readonly WorkerPool _pool;
    readonly Scratch _scratch;
    readonly bool _isRun;
    int _ended;

    CpuBackend(CpuBackendOptions options)
    {
        _options = options;
        _kernels = options.KernelSet is null ? PgpSr.Cpu.KernelSet.Best : PgpSr.Cpu.KernelSet.Named(options.KernelSet);
        (_bfloat16, PrecisionRefusal) = options.Precision == CpuPrecision.BF16 ? Bfloat16Kernels.For(_kernels, options.Features) : default;
        _stock = new RunStock(options.Threads == 0 ? Environment.ProcessorCount : options.Threads);
        _kept = new KeptMemory(options.MemoryRest);
        _resources = _stock.Rent(int.MaxValue);
        _pool = _resources.Pool;
        _scratch = _resources.Scratch;
    }

    // One run of a backend.
    CpuBackend(CpuBackend whole, int workers)
    {
        _options = whole._options;
        _kernels = whole._kernels;
        (_bfloat16, PrecisionRefusal) = (whole._bfloat16, whole.PrecisionRefusal);
        _stock = whole._stock;
        _kept = whole._kept;
        _resources = _stock.Rent(workers);
        _pool = _resources.Pool;
        _scratch = _resources.Scratch;
        _isRun = true;
        CancellationToken = whole.CancellationToken;
    }

    /// <inheritdoc/>
    public override string Name
    {
        get
        {
            string precision = _bfloat16 is null ? "" : $", {_bfloat16.Name}", warning = Warning is null ? "" : ", built for an older processor";
            return $"cpu, {_kernels.Bits}-bit{precision}, {_pool.Workers} threads{warning}";
        }
    }

    /// <summary>
    /// Why this program is slower than its processor allows, and what to do about it: it was compiled ahead of time for a lower instruction set. Null if
    /// nothing does.
    /// </summary>
    public static string? Warning => ProcessorVectors.Warning;

    /// <summary>The kernel set in use: v512, v256 or v128.</summary>
    public string KernelSet => _kernels.Name;

    /// <summary>Threads that work on an operation.</summary>
    public int Threads => _pool.Workers;

    /// <inheritdoc/>
    public override long ScratchBytes => _isRun ? _scratch.Bytes : _stock.ScratchBytes;

    /// <summary>Bytes that ended runs left for the next ones.</summary>
    internal long KeptBytes => _kept.Bytes;

    /// <inheritdoc/>
    public override ScratchBound ScratchFor(int height, int width)
    {
        long planes = (long)(PlaneBytes * SpectrumMargin * width * height);
        // A worker has planes of its own, or all work on one worker's: an operation's blocks are the largest that any operation wanted.
        long worker = planes <= PlaneSchedule.LargestOwnBytes ? Math.Max(WorkerBytes, planes) : WorkerBytes;
        return new ScratchBound(Math.Max(SharedBytes, planes) + CountedWorkers * worker, CountedWorkers, worker);
    }

    /// <inheritdoc/>
    public override Backend BeginRun(int workers = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        return new CpuBackend(this, workers);
    }

    /// <summary>The kernel set that backends of this process use unless their options name one.</summary>
    /// <exception cref="ArgumentException">The environment variable PGPSR_CPU names none.</exception>
    public static string DefaultKernelSet => PgpSr.Cpu.KernelSet.Best.Name;

    /// <summary>Names of the kernel sets that the hardware of this process accelerates, best first.</summary>
    public static IReadOnlyList<string> AcceleratedKernelSets => [.. PgpSr.Cpu.KernelSet.Accelerated.Select(set => set.Name)];

    /// <summary>Names of all kernel sets, emulated ones included.</summary>
    public static IReadOnlyList<string> AvailableKernelSets => [.. PgpSr.Cpu.KernelSet.Available.Select(set => set.Name)];

    /// <summary>Creates a backend with its own threads.</summary>
    /// <exception cref="ArgumentException">The kernel set does not exist, or the thread count is negative.</exception>
    public static CpuBackend Create(CpuBackendOptions? options = null)
    {
        options ??= new CpuBackendOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        return new CpuBackend(options);
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes)
    {
        try
        {
            return new CpuBuffer(_isRun ? _kept.Take(bytes) : new NativeMemoryBlock(bytes));
        }
        catch (OutOfMemoryException e)
        {
            throw new BackendException(Name, $"the system cannot provide {bytes:N0} bytes; use smaller tiles or set a memory limit", e)
            {
                OutOfMemory = true,
            };
        }
    }

    /// <inheritdoc/>
    protected override void Keep(DeviceBuffer memory)
    {
        if (_isRun) ((CpuBuffer)memory).GiveTo(_kept);
        else memory.Dispose();
    }

    /// <inheritdoc/>
    public override void Trim()
    {
        _kept.Release();
        _stock.Trim();
    }

    /// <inheritdoc/>
    protected override unsafe void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        source.CopyTo(new Span<byte>(CpuBuffer.Bytes(destination), source.Length));
    }

    /// <inheritdoc/>
    protected override unsafe void DownloadCore(Tensor source, Span<byte> destination)
    {
        new ReadOnlySpan<byte>(CpuBuffer.Bytes(source), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing || Interlocked.Exchange(ref _ended, 1) != 0) return;
        _stock.Return(_resources);
        if (_isRun) return;
        _stock.Dispose();
        _kept.Dispose();
    }
}
