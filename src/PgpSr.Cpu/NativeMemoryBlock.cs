using System.Runtime.InteropServices;

namespace PgpSr.Cpu;

/// <summary>Memory outside the garbage collector's heap, aligned to 64 bytes and readable a full vector beyond its end.</summary>
sealed unsafe class NativeMemoryBlock : IDisposable
{
    /// <summary>A cache line, and a 512-bit register.</summary>
    public const int Alignment = 64;

    byte* _pointer;

    /// <param name="bytes">At least 0. Contents are undefined.</param>
    /// <exception cref="OutOfMemoryException">The system does not have that much.</exception>
    public NativeMemoryBlock(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        _pointer = (byte*)NativeMemory.AlignedAlloc(checked((nuint)bytes + 2 * Alignment), Alignment);
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    ~NativeMemoryBlock() => Free();

    public long Bytes { get; }

    public byte* Pointer => _pointer != null ? _pointer : throw new ObjectDisposedException(nameof(NativeMemoryBlock));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        if (_pointer == null) return;
        NativeMemory.AlignedFree(_pointer);
        GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        _pointer = null;
    }
}
