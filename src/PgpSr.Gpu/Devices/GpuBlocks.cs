using System.Runtime.InteropServices;

namespace PgpSr.Gpu;

/// <summary>
/// Blocks of device memory that are filled while something is made of them: they go back unless it is finished, whatever interrupts it (a cancelled
/// upload, no memory for the next block, a lost device).
/// </summary>
sealed class GpuBlocks(GpuQueue queue) : IDisposable
{
    readonly List<GpuBuffer> _blocks = [];

    public GpuBuffer Take(long bytes)
    {
        var block = new GpuBuffer(queue.Memory, bytes);
        _blocks.Add(block);
        return block;
    }

    /// <summary>A block that holds <paramref name="values"/>.</summary>
    public GpuBuffer Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var block = Take(bytes.Length);
        queue.Upload(bytes, block.View<byte>(0, block.Length));
        return block;
    }

    /// <summary>It is finished: the blocks belong to who took them.</summary>
    public void Keep() => _blocks.Clear();

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
    }
}
