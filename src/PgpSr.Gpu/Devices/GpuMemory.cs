using ILGPU.Runtime;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>Takes device memory and counts it against the backend's limit.</summary>
sealed class GpuMemory(GpuDevice device, string name, long limit)
{
    // What an empty tensor takes: drivers refuse blocks of no byte.
    const long SmallestBlock = 64;

    long _bytes;

    /// <summary>The queue whose work uses this memory.</summary>
    public GpuQueue? Queue { get; set; }

    /// <summary>Bytes taken now: tensors, weights and scratch.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Times that memory was taken from the device.</summary>
    public long Allocations { get; private set; }

    public MemoryBuffer Take(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long bytes = Math.Max(length, SmallestBlock);
        if (Interlocked.Add(ref _bytes, bytes) > limit)
        {
            long needed = Interlocked.Add(ref _bytes, -bytes) + bytes;
            throw new MemoryLimitException(name, needed, limit);
        }
        try
        {
            Allocations++;
            return device.Driver.Allocate(bytes);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e) || e is OutOfMemoryException)
        {
            Interlocked.Add(ref _bytes, -bytes);
            throw DriverErrors.Translate(name, $"a block of {length:N0} bytes", e);
        }
    }

    public void GiveBack(MemoryBuffer memory, long length)
    {
        // Queued work may still read it, and drivers differ in whether they keep it that long.
        Queue?.Drain();
        Interlocked.Add(ref _bytes, -Math.Max(length, SmallestBlock));
        memory.Dispose();
    }
}
