using System.Runtime.InteropServices;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>Global memory of the interpreter: blocks far apart, so that an address past a block's end is an error and not another block.</summary>
sealed class PtxMemory
{
    readonly List<byte[]> _blocks = [];

    /// <summary>The address of a block that holds the values.</summary>
    public ulong Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _blocks.Add(MemoryMarshal.AsBytes(values).ToArray());
        return (ulong)_blocks.Count << 32;
    }

    public T[] Download<T>(ulong address)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Block(address)).ToArray();

    public Span<byte> Span(ulong address, int bytes)
    {
        byte[] block = Block(address);
        long offset = (long)(address & 0xFFFFFFFF);
        if (offset + bytes > block.Length) throw new InvalidOperationException($"{bytes} bytes at {offset} of a block of {block.Length}");
        if (offset % bytes != 0) throw new InvalidOperationException($"{bytes} bytes at the unaligned offset {offset}");
        return block.AsSpan((int)offset, bytes);
    }

    byte[] Block(ulong address)
    {
        ulong index = address >> 32;
        if (index < 1 || index > (ulong)_blocks.Count) throw new InvalidOperationException($"no memory at {address:X}");
        return _blocks[(int)index - 1];
    }
}
