namespace PgpSr.Cpu;

/// <summary>
/// The activations' memory that the last run of its kind ended with: the next one has its pages without asking the system for them again, which costs up
/// to half of a small picture's time (4 KB at a time, zeroed).
/// </summary>
sealed class RunMemory : IDisposable
{
    readonly Lock _lock = new();
    NativeMemoryBlock? _kept;
    bool _disposed;

    /// <summary>Bytes that no run uses.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _kept?.Bytes ?? 0;
        }
    }

    /// <summary>Exactly that many bytes: what is kept, made smaller or larger, or new ones.</summary>
    /// <exception cref="OutOfMemoryException">The system does not have that much; then nothing is kept either.</exception>
    public NativeMemoryBlock Take(long bytes)
    {
        var kept = Exchange(null);
        if (kept is null) return new NativeMemoryBlock(bytes);
        if (kept.TryResize(bytes)) return kept;
        kept.Dispose();
        return new NativeMemoryBlock(bytes);
    }

    /// <summary>Keeps a block for the next run in place of the one before; after the end it goes back to the system.</summary>
    public void Keep(NativeMemoryBlock block) => Exchange(block)?.Dispose();

    /// <summary>Gives back what is kept.</summary>
    public void Release() => Exchange(null)?.Dispose();

    public void Dispose()
    {
        lock (_lock) _disposed = true;
        Release();
    }

    NativeMemoryBlock? Exchange(NativeMemoryBlock? block)
    {
        lock (_lock)
        {
            if (_disposed && block is not null) return block;
            (var before, _kept) = (_kept, block);
            return before;
        }
    }
}
