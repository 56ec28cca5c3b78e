using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// Kernel scratch: one growing block for each worker and one shared by an operation. Kept between operations, so a second identical run
/// allocates nothing. Kernels cut their work so that a block stays within a few L2 caches.
/// </summary>
sealed unsafe class Scratch(int workers) : IDisposable
{
    readonly NativeMemoryBlock?[] _perWorker = new NativeMemoryBlock?[workers];
    NativeMemoryBlock? _shared;

    /// <summary>Bytes held now.</summary>
    public long Bytes => _perWorker.Sum(b => b?.Bytes ?? 0) + (_shared?.Bytes ?? 0);

    /// <summary>At least <paramref name="bytes"/> bytes for one worker, 64-byte aligned, contents undefined, valid until its next call.</summary>
    public byte* ForWorker(int worker, long bytes) => Grow(ref _perWorker[worker], bytes);

    /// <summary>At least <paramref name="bytes"/> bytes for one operation; call before its parallel part.</summary>
    public byte* Shared(long bytes) => Grow(ref _shared, bytes);

    public void Dispose()
    {
        for (int worker = 0; worker < _perWorker.Length; worker++) Free(ref _perWorker[worker]);
        Free(ref _shared);
    }

    static void Free(ref NativeMemoryBlock? block)
    {
        block?.Dispose();
        block = null;
    }

    static byte* Grow(ref NativeMemoryBlock? block, long bytes)
    {
        if (block is null || block.Bytes < bytes)
        {
            // Nothing is left where the new one cannot be had.
            Free(ref block);
            try
            {
                block = new NativeMemoryBlock(bytes);
            }
            catch (OutOfMemoryException e)
            {
                throw new BackendException("cpu", $"the system cannot provide {bytes:N0} bytes of scratch; use smaller tiles or set a memory limit", e) { OutOfMemory = true };
            }
        }
        return block!.Pointer;
    }
}
