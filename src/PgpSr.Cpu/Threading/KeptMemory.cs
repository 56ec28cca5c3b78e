namespace PgpSr.Cpu;

/// <summary>
/// The activations' memory that ended runs leave to later ones, which then have its pages without asking the system for them again, 4 KB at a time, zeroed.
/// What no run takes for a while goes back.
/// </summary>
sealed class KeptMemory : IDisposable
{
    readonly Lock _lock = new();
    readonly List<(NativeMemoryBlock Block, long Since)> _kept = [];
    readonly Timer _timer;
    readonly TimeSpan _rest;
    bool _disposed;

    /// <param name="rest">How long a block is kept.</param>
    public KeptMemory(TimeSpan rest)
    {
        _rest = rest;
        // The timer holds this weakly: a backend that nobody disposed is collected all the same.
        _timer = new Timer(static kept => Look((WeakReference<KeptMemory>)kept!), new WeakReference<KeptMemory>(this), Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Bytes that no run uses.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _kept.Sum(kept => kept.Block.Bytes);
        }
    }

    /// <summary>Exactly that many bytes: the kept block of the nearest length, made smaller or larger, or a new one.</summary>
    /// <exception cref="OutOfMemoryException">The system does not have that much; then nothing is kept any more.</exception>
    public NativeMemoryBlock Take(long bytes)
    {
        if (Nearest(bytes) is { } kept)
        {
            if (kept.TryResize(bytes)) return kept;
            kept.Dispose();
        }
        try
        {
            return new NativeMemoryBlock(bytes);
        }
        catch (OutOfMemoryException) when (Bytes > 0)
        {
            Release();
            return new NativeMemoryBlock(bytes);
        }
    }

    /// <summary>Keeps a block; after the backend's end it goes back to the system.</summary>
    public void Keep(NativeMemoryBlock block)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _kept.Add((block, Environment.TickCount64));
                if (_kept.Count == 1) _timer.Change(_rest, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        block.Dispose();
    }

    /// <summary>Gives back what is kept.</summary>
    public void Release() => ReleaseUntil(long.MaxValue);

    public void Dispose()
    {
        lock (_lock) _disposed = true;
        _timer.Dispose();
        Release();
    }

    NativeMemoryBlock? Nearest(long bytes)
    {
        lock (_lock)
        {
            if (_kept.Count == 0) return null;
            // Of equals the last: the others then grow old, and go.
            int nearest = Enumerable.Range(0, _kept.Count).Reverse().MinBy(i => Math.Abs(_kept[i].Block.Bytes - bytes));
            var block = _kept[nearest].Block;
            _kept.RemoveAt(nearest);
            return block;
        }
    }

    static void Look(WeakReference<KeptMemory> weak)
    {
        if (weak.TryGetTarget(out var kept)) kept.ReleaseUntil(Environment.TickCount64 - (long)kept._rest.TotalMilliseconds);
    }

    void ReleaseUntil(long since)
    {
        lock (_lock)
        {
            foreach (var (block, _) in _kept.Where(kept => kept.Since <= since)) block.Dispose();
            _kept.RemoveAll(kept => kept.Since <= since);
            if (_kept.Count > 0 && !_disposed) _timer.Change(_rest, Timeout.InfiniteTimeSpan);
        }
    }
}
