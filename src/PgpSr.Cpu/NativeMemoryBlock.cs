using System.Runtime.InteropServices;

namespace PgpSr.Cpu;

/// <summary>Memory outside the garbage collector's heap, aligned to 64 bytes and readable a full vector beyond its end.</summary>
sealed unsafe class NativeMemoryBlock : IDisposable
{
    /// <summary>A cache line, and a 512-bit register.</summary>
    public const int Alignment = 64;

    // From here on glibc maps every block by itself (DEFAULT_MMAP_THRESHOLD_MAX).
    const long MovedBytes = 32L << 20;

    void* _allocated;

    /// <param name="bytes">At least 0. Contents are undefined.</param>
    /// <exception cref="OutOfMemoryException">The system does not have that much.</exception>
    public NativeMemoryBlock(long bytes)
    {
        _allocated = NativeMemory.Alloc(Allocation(bytes));
        Bytes = bytes;
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    ~NativeMemoryBlock() => Free();

    public long Bytes { get; private set; }

    public byte* Pointer => _allocated != null
        ? (byte*)(((nuint)_allocated + Alignment - 1) & ~(nuint)(Alignment - 1))
        : throw new ObjectDisposedException(nameof(NativeMemoryBlock));

    /// <summary>
    /// Makes it exactly as long as this; contents are undefined then. False, and nothing changed, where the old block and the new one might be held at
    /// once: Linux makes any block smaller where it lies and moves the pages of a large one by their addresses, elsewhere bytes may be copied.
    /// </summary>
    public bool TryResize(long bytes)
    {
        ObjectDisposedException.ThrowIf(_allocated == null, this);
        if (bytes == Bytes) return true;
        if (!OperatingSystem.IsLinux() || (bytes > Bytes && Bytes < MovedBytes)) return false;
        try
        {
            _allocated = NativeMemory.Realloc(_allocated, Allocation(bytes));
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
        GC.AddMemoryPressure(Math.Max(1, bytes));
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        Bytes = bytes;
        return true;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    // Room to align the first byte, and to read beyond the last.
    static nuint Allocation(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return checked((nuint)bytes + 3 * Alignment);
    }

    void Free()
    {
        if (_allocated == null) return;
        NativeMemory.Free(_allocated);
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        _allocated = null;
    }
}
