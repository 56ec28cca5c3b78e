using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>The CPU backend: managed SIMD kernels of 128, 256 or 512 bits on a few threads of its own.</summary>
public sealed partial class CpuBackend : Backend
{
    readonly CpuBackendOptions _options;
    readonly KernelSet _kernels;
    readonly WorkerPool _pool;
    readonly Scratch _scratch;

    CpuBackend(CpuBackendOptions options)
    {
        _options = options;
        _kernels = options.KernelSet is null ? PgpSr.Cpu.KernelSet.Best : PgpSr.Cpu.KernelSet.Named(options.KernelSet);
        _pool = new WorkerPool(options.Threads == 0 ? Environment.ProcessorCount : options.Threads);
        _scratch = new Scratch(_pool.Workers);
        (_bfloat16, PrecisionRefusal) = options.Precision == CpuPrecision.BF16 ? Bfloat16Kernels.For(_kernels, options.Features) : default;
    }

    /// <inheritdoc/>
    public override string Name => $"cpu, {_kernels.Bits}-bit{(_bfloat16 is null ? "" : $", {_bfloat16.Name}")}, {_pool.Workers} threads";

    /// <summary>The kernel set in use: v512, v256 or v128.</summary>
    public string KernelSet => _kernels.Name;

    /// <summary>Threads that work on an operation.</summary>
    public int Threads => _pool.Workers;

    /// <inheritdoc/>
    public override long ScratchBytes => _scratch.Bytes;

    /// <summary>The kernel set that backends of this process use unless their options name one.</summary>
    /// <exception cref="ArgumentException">The environment variable PGPSR_CPU names none.</exception>
    public static string DefaultKernelSet => PgpSr.Cpu.KernelSet.Best.Name;

    /// <summary>Names of the kernel sets that this process runs in hardware, best first.</summary>
    public static IReadOnlyList<string> AcceleratedKernelSets => [.. PgpSr.Cpu.KernelSet.Accelerated.Select(set => set.Name)];

    /// <summary>Names of all kernel sets, emulated ones included.</summary>
    public static IReadOnlyList<string> AvailableKernelSets => [.. PgpSr.Cpu.KernelSet.Available.Select(set => set.Name)];

    /// <summary>A backend with its own threads.</summary>
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
            return new CpuBuffer(bytes);
        }
        catch (OutOfMemoryException e)
        {
            throw new BackendException(Name, $"the system has no {bytes:N0} bytes; use smaller tiles or set a memory limit", e)
            {
                OutOfMemory = true,
            };
        }
    }

    /// <inheritdoc/>
    public override unsafe void Upload(ReadOnlySpan<byte> source, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (source.Length != destination.ByteCount) throw new ArgumentException($"{source.Length} bytes do not fill {destination}", nameof(source));
        source.CopyTo(new Span<byte>(CpuBuffer.Bytes(destination), source.Length));
    }

    /// <inheritdoc/>
    public override unsafe void Download(Tensor source, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (destination.Length != source.ByteCount)
            throw new ArgumentException($"{source} does not fill {destination.Length} bytes", nameof(destination));
        new ReadOnlySpan<byte>(CpuBuffer.Bytes(source), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _pool.Dispose();
        _scratch.Dispose();
    }
}
