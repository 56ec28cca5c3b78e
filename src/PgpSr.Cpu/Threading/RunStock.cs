namespace PgpSr.Cpu;

/// <summary>What one run works with: threads and scratch.</summary>
/// <param name="Pool">The backend's threads, or fewer of its own where the run's memory allows no more.</param>
/// <param name="Scratch">The run's alone.</param>
sealed record RunResources(WorkerPool Pool, Scratch Scratch);

/// <summary>
/// The threads of a backend, and scratch for each of its runs. Runs share the threads: an operation has all of them, and the next one, of whichever
/// run, begins when it ends. Scratch goes from run to run, so that a second run allocates nothing.
/// </summary>
sealed class RunStock(int workers) : IDisposable
{
    readonly WorkerPool _pool = new(workers);
    readonly Lock _lock = new();
    readonly List<RunResources> _all = [];
    readonly List<RunResources> _idle = [];
    bool _disposed;

    /// <summary>Bytes of all runs' scratch.</summary>
    public long ScratchBytes
    {
        get
        {
            lock (_lock) return _all.Sum(run => run.Scratch.Bytes);
        }
    }

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
            var made = new RunResources(wanted == _pool.Workers ? _pool : new WorkerPool(wanted), new Scratch(wanted));
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
                return;
            }
        }
        Release(run);
    }

    /// <summary>Gives back the scratch of ended runs, and the threads that were a run's own.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            foreach (var run in _idle)
            {
                if (run.Pool == _pool) run.Scratch.Dispose();
                else Release(run);
            }
            _idle.RemoveAll(run => run.Pool != _pool);
        }
    }

    /// <summary>Ends the threads, after the operation under way; the next one of a run that goes on throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _pool.Dispose();
        foreach (var run in _idle) Release(run);
    }

    void Release(RunResources run)
    {
        lock (_lock) _all.Remove(run);
        if (run.Pool != _pool) run.Pool.Dispose();
        run.Scratch.Dispose();
    }
}
