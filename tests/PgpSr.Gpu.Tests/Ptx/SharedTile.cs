namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>
/// Shared memory that watches its use. A copy of cp.async arrives as late as allowed, when its thread waits for its group, and until the
/// barrier after that only the copying warp may read it. Writing what another warp read since the last barrier is an error: that read
/// might come later on a device.
/// </summary>
sealed class SharedTile(int bytes, int warps)
{
    // Every access of the kernels is a 16-byte chunk.
    const int Chunk = 16;
    const int Nobody = -1;

    readonly byte[] _bytes = Poison(bytes);
    readonly int[] _readEpoch = Filled(bytes / Chunk * warps);
    readonly int[] _writeEpoch = Filled(bytes / Chunk);
    readonly int[] _writer = Filled(bytes / Chunk);
    readonly bool[] _inFlight = new bool[bytes / Chunk];
    int _epoch;

    /// <summary>All warps reached a barrier.</summary>
    public void Barrier() => _epoch++;

    /// <summary>A copy was asked for: the chunk belongs to the warp until it waited and a barrier passed.</summary>
    public void Claim(uint address, int warp)
    {
        int chunk = Index(address);
        if (_inFlight[chunk]) throw new InvalidOperationException($"two copies into chunk {chunk}");
        for (int other = 0; other < warps; other++)
        {
            if (other != warp && _readEpoch[chunk * warps + other] == _epoch)
                throw new InvalidOperationException($"warp {warp} overwrites chunk {chunk}, which warp {other} may still be reading");
        }
        _inFlight[chunk] = true;
        _writer[chunk] = warp;
    }

    /// <summary>The copy arrived.</summary>
    public void Write(uint address, ReadOnlySpan<byte> data)
    {
        int chunk = Index(address);
        data.CopyTo(_bytes.AsSpan(chunk * Chunk, Chunk));
        _inFlight[chunk] = false;
        _writeEpoch[chunk] = _epoch;
    }

    public ReadOnlySpan<byte> Read(uint address, int warp)
    {
        int chunk = Index(address);
        if (_inFlight[chunk]) throw new InvalidOperationException($"warp {warp} reads chunk {chunk} before its copy was waited for");
        if (_writer[chunk] == Nobody) throw new InvalidOperationException($"warp {warp} reads chunk {chunk}, which nobody wrote");
        if (_writer[chunk] != warp && _writeEpoch[chunk] == _epoch)
            throw new InvalidOperationException($"warp {warp} reads chunk {chunk} of warp {_writer[chunk]} without a barrier between");
        _readEpoch[chunk * warps + warp] = _epoch;
        return _bytes.AsSpan(chunk * Chunk, Chunk);
    }

    int Index(uint address)
    {
        if (address % Chunk != 0 || address + Chunk > _bytes.Length) throw new InvalidOperationException($"shared address {address} of {_bytes.Length}");
        return (int)(address / Chunk);
    }

    static byte[] Poison(int count)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, (byte)0xFF); // NaN as halves
        return bytes;
    }

    static int[] Filled(int count)
    {
        int[] values = new int[count];
        Array.Fill(values, Nobody);
        return values;
    }
}
