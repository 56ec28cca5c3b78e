namespace PgpSr.Cpu;

/// <summary>What one run works with: threads, scratch, and what the run before it left of its activations' memory.</summary>
/// <param name="Pool">The backend's threads, or fewer of its own where the run's memory allows no more.</param>
/// <param name="Scratch">The run's alone.</param>
/// <param name="Memory">The run's alone.</param>
sealed record RunResources(WorkerPool Pool, Scratch Scratch, RunMemory Memory);

/// <summary>
/// The threads of a backend, and scratch and memory for each of its runs. Runs share the threads: an operation has all of them, and the next one, of
/// whichever run, begins when it ends. Scratch and memory go from run to run, so that a second run allocates nothing; memory goes back to the system
/// when no run has followed for a while.
/// </summary>
sealed class RunStock : IDisposable
{
    readonly WorkerPool _pool;
    readonly Lock _lock = new();
    readonly List<RunResources> _all = [];
    readonly List<RunResources> _idle = [];
    readonly Timer _timer;
    readonly TimeSpan _rest;
    bool _disposed;

    /// <param name="workers">Threads, the caller's included.</param>
    /// <param name="rest">How long memory is kept after a run.</param>
    public RunStock(int workers, TimeSpan rest)
    {
        _pool = new WorkerPool(workers);
        _rest = rest;
        // The timer holds the stock weakly: a backend that nobody disposed is collected all the same.
        _timer = new Timer(static stock => Rested((WeakReference<RunStock>)stock!), new WeakReference<RunStock>(this), Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Bytes of all runs' scratch.</summary>
    public long ScratchBytes => Sum(run => run.Scratch.Bytes);

    /// <summary>Bytes that runs left and no run uses.</summary>
    public long KeptBytes => Sum(run => run.Memory.Bytes);

    /// <exception cref="ObjectDisposedException">The backend is gone.</exception>
    public RunResources Rent(int most)
    {
        int wanted = Math.Min(most, _pool.Workers);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(CpuBackend));
            int i = _idle.FindLastIndex(run => run.Pool.Workers == wanted);
            if (i >= 0)
            {
                var idle = _idle[i];
                _idle.RemoveAt(i);
                return idle;
            }
            var made = new RunResources(wanted == _pool.Workers ? _pool : new WorkerPool(wanted), new Scratch(wanted), new RunMemory());
            _all.Add(made);
            return made;
        }
    }

    /// <summary>Takes back what a run had; after the backend's end it goes back to the system.</summary>
    public void Return(RunResources run)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _idle.Add(run);
                if (run.Memory.Bytes > 0) _timer.Change(_rest, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        Release(run);
    }

    /// <summary>Ends the threads, after the operation under way; the next one of a run that goes on throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _timer.Dispose();
        }
        _pool.Dispose();
        foreach (var run in _idle) Release(run);
    }

    static void Rested(WeakReference<RunStock> weak)
    {
        if (!weak.TryGetTarget(out var stock)) return;
        lock (stock._lock)
        {
            foreach (var run in stock._idle) run.Memory.Release();
        }
    }

    long Sum(Func<RunResources, long> bytes)
    {
        lock (_lock) return _all.Sum(bytes);
    }

    void Release(RunResources run)
    {
        lock (_lock) _all.Remove(run);
        if (run.Pool != _pool) run.Pool.Dispose();
        run.Scratch.Dispose();
        run.Memory.Dispose();
    }
}
