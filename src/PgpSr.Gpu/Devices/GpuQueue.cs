using ILGPU;

namespace PgpSr.Gpu;

/// <summary>
/// The order of work of one backend: kernels and copies are queued and return at once; <see cref="Download"/> alone waits for them. Uploads go
/// through staging memory piece by piece, so that the host fills one piece while the device reads those before.
/// </summary>
sealed class GpuQueue : IDisposable
{
    /// <summary>
    /// The most elements of one operation: flat indices are 32-bit in kernels (64-bit ones cost a third of an elementwise kernel's instructions)
    /// and may run past the end by one grid.
    /// </summary>
    public const long MaxCount = int.MaxValue - (1 << 24);

    /// <summary>Pieces of an upload: a transfer of 4 MiB takes 0.2 ms at 25 GB/s, against some 10 us to start it.</summary>
    const int StagingPiece = 4 << 20;

    /// <summary>The host waits once in so many bytes: eight pieces, of which it fills seven while the device works.</summary>
    const int StagingBytes = 8 * StagingPiece;

    readonly Lock _turn = new();
    readonly DriverQueue _driver;
    int _stagingUsed;
    bool _busy;
    readonly GpuBuffer?[] _scratch = new GpuBuffer?[2];
    public bool IsDisposed { get; private set; }

    public GpuQueue(GpuDevice device, string name, GpuMemory memory)
    {
        Device = device;
        Name = name;
        Memory = memory;
        memory.Queue = this;
        _driver = device.Driver.CreateQueue();
    }

    public GpuDevice Device { get; }

    /// <summary>The backend's name, for messages.</summary>
    public string Name { get; }

    public GpuMemory Memory { get; }

    /// <summary>The request to stop that the operation under way looks at.</summary>
    public CancellationToken CancellationToken { get; private set; }

    /// <summary>Times that the host waited for the device.</summary>
    public long Synchronizations { get; private set; }

    /// <summary>Operations queued so far that may have written to tensors; those who remember a tensor's contents compare it.</summary>
    public long Writes { get; private set; }

    public long ScratchBytes => _scratch.Sum(block => block?.Length ?? 0);

    /// <summary>Begins an operation of a run: the queue, its scratch and its staging memory are the caller's until the scope ends.</summary>
    public Lock.Scope Begin(CancellationToken cancellation)
    {
        var turn = _turn.EnterScope();
        if (IsDisposed)
        {
            turn.Dispose();
            throw new ObjectDisposedException(Name);
        }
        CancellationToken = cancellation;
        return turn;
    }

    /// <summary>A count of elements as kernels index them.</summary>
    /// <exception cref="Tensors.BackendException">More than they can.</exception>
    public int Int(long count)
    {
        if (count > MaxCount) Throw.TooLarge(Name, count);
        return (int)count;
    }

    /// <summary>Runs a kernel for each of <paramref name="count"/> elements.</summary>
    public void ForEach<TKernel>(in TKernel kernel, long count)
        where TKernel : struct, IElementKernel
    {
        if (count <= 0) return;
        if (count > MaxCount) Throw.TooLarge(Name, count);
        Writes++;
        CancellationToken.ThrowIfCancellationRequested();
        int size = Device.GroupSize;
        int groups = (int)Math.Min((count + size - 1) / size, Device.FullGrid);
        try
        {
            _busy = true;
            _driver.Launch(kernel, (int)count, groups, size);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Name, typeof(TKernel).Name, e);
        }
    }

    /// <summary>Runs a kernel on <paramref name="config"/>'s groups.</summary>
    public void Run<TKernel>(in TKernel kernel, KernelConfig config)
        where TKernel : struct, IGroupKernel
    {
        Writes++;
        CancellationToken.ThrowIfCancellationRequested();
        try
        {
            _busy = true;
            _driver.Launch(kernel, config);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Name, typeof(TKernel).Name, e);
        }
    }

    /// <summary>The driver's queue, for a kernel that is launched by other means: it counts as queued work, but not as a write that others should know of.</summary>
    public DriverQueue Begin()
    {
        CancellationToken.ThrowIfCancellationRequested();
        _busy = true;
        return _driver;
    }

    /// <summary>Queues a copy of host bytes; they may change once this returns.</summary>
    public unsafe void Upload(ReadOnlySpan<byte> source, ArrayView<byte> destination)
    {
        Writes++;
        CancellationToken.ThrowIfCancellationRequested();
        try
        {
            for (long done = 0; done < source.Length;)
            {
                if (_stagingUsed == StagingBytes) Synchronize();
                int bytes = (int)Math.Min(Math.Min(StagingPiece, StagingBytes - _stagingUsed), source.Length - done);
                _busy = true;
                byte* block = _driver.Staging(StagingBytes) + _stagingUsed;
                source.Slice((int)done, bytes).CopyTo(new Span<byte>(block, bytes));
                _driver.Upload(block, destination.SubView(done, bytes));
                _stagingUsed += bytes;
                done += bytes;
            }
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Name, $"an upload of {source.Length:N0} bytes", e);
        }
    }

    /// <summary>Waits for all queued work and copies.</summary>
    public unsafe void Download(ArrayView<byte> source, Span<byte> destination)
    {
        try
        {
            // Pinned until the device has written.
            fixed (byte* to = destination)
            {
                if (destination.Length > 0) _driver.Download(source.SubView(0, destination.Length), to);
                Synchronize();
            }
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Name, $"a download of {destination.Length:N0} bytes", e);
        }
        CancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Queues a copy on the device.</summary>
    public void Copy(ArrayView<byte> source, ArrayView<byte> destination)
    {
        if (source.Length == 0) return;
        Writes++;
        try
        {
            _busy = true;
            _driver.Copy(source, destination);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Name, $"a copy of {source.Length:N0} bytes", e);
        }
    }

    /// <summary>
    /// Memory for intermediate results of one operation; it stays for the next one, and is as large as the largest wanted. The queue's order keeps
    /// operations from disturbing each other.
    /// </summary>
    /// <param name="floats">At least.</param>
    /// <param name="slot">0, or 1 inside an operation that has the other.</param>
    public ArrayView<float> Scratch(long floats, int slot = 0)
    {
        long bytes = checked(floats * sizeof(float));
        if (bytes > (_scratch[slot]?.Length ?? 0))
        {
            _scratch[slot]?.Dispose();
            _scratch[slot] = null;
            _scratch[slot] = new GpuBuffer(Memory, bytes);
        }
        return _scratch[slot]!.View<float>(0, floats);
    }

    /// <summary>Waits for queued work, if there is any: before memory that it may use goes back.</summary>
    public void Drain()
    {
        using var turn = _turn.EnterScope();
        if (!_busy || IsDisposed) return;
        try
        {
            Synchronize();
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            // A lost device uses nothing any more.
            _busy = false;
        }
    }

    public void Dispose()
    {
        using var turn = _turn.EnterScope();
        if (IsDisposed) return;
        Drain();
        foreach (var block in _scratch) block?.Dispose();
        IsDisposed = true;
        _driver.Dispose();
    }

    void Synchronize()
    {
        Synchronizations++;
        _driver.Synchronize();
        _busy = false;
        _stagingUsed = 0;
    }
}
