using System.IO.Compression;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>
/// Some rows of a picture, filtered and deflated on their own, so that blocks run in parallel. Each ends in a sync flush (RFC 1951, 3.2.4: an empty
/// stored block), which makes the concatenation of blocks one valid DEFLATE stream. Block borders depend on the picture alone: the bytes are the same
/// for any thread count.
/// </summary>
sealed class PngBlock : IDisposable
{
    readonly int _stride;
    readonly int _rowLength;
    readonly CompressionEffort _effort;
    readonly byte[] _rows;
    readonly byte[] _filtered;
    readonly byte[] _candidate;
    readonly MemoryStream _result = new();

    /// <param name="stride">Filter distance; every row has as many zero bytes before it.</param>
    /// <param name="rowLength">Bytes of a row.</param>
    /// <param name="capacity">Most rows.</param>
    /// <param name="effort">How hard to try.</param>
    public PngBlock(int stride, int rowLength, int capacity, CompressionEffort effort)
    {
        _stride = stride;
        _rowLength = rowLength;
        _effort = effort;
        Capacity = capacity;
        _rows = new byte[checked((capacity + 1) * (stride + rowLength))];
        _filtered = new byte[checked(capacity * (1 + rowLength))];
        _candidate = new byte[rowLength];
    }

    /// <summary>Begins anew, so that a picture takes a few blocks however large it is.</summary>
    /// <param name="previous">The row before the first, or empty for the top of the picture.</param>
    public void Begin(ReadOnlySpan<byte> previous)
    {
        Count = 0;
        Row(-1).Clear();
        previous.CopyTo(Row(-1));
        _result.SetLength(0);
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    /// <summary>Adler-32 of the filtered rows, once compressed.</summary>
    public uint Adler { get; private set; }

    public long FilteredLength => (long)Count * (1 + _rowLength);

    public Span<byte> Row(int row) => _rows.AsSpan((row + 1) * (_stride + _rowLength) + _stride, _rowLength);

    public Span<byte> AddRow() => Row(Count++);

    /// <summary>Filters and deflates; the last block of a picture also ends the DEFLATE stream.</summary>
    public ReadOnlyMemory<byte> Compress(bool last)
    {
        Span<byte> filtered = _filtered.AsSpan(0, (int)FilteredLength);
        Filter(filtered);
        Adler = Adler32.Compute(filtered);
        CompressionLevel level = _effort switch
        {
            CompressionEffort.Fast => CompressionLevel.Fastest,
            CompressionEffort.Smallest => CompressionLevel.SmallestSize,
            _ => CompressionLevel.Optimal,
        };
        DeflateStream deflate = new(_result, level, leaveOpen: true);
        deflate.Write(filtered);
        deflate.Flush();
        long flushed = _result.Length;
        deflate.Dispose();
        return _result.GetBuffer().AsMemory(0, (int)(last ? _result.Length : flushed));
    }

    public void Dispose() => _result.Dispose();

    void Filter(Span<byte> filtered)
    {
        int padded = _stride + _rowLength;
        byte[] candidate = _candidate;
        for (int row = 0; row < Count; row++)
        {
            ReadOnlySpan<byte> above = _rows.AsSpan(row * padded, padded), current = _rows.AsSpan((row + 1) * padded, padded);
            Span<byte> line = filtered.Slice(row * (1 + _rowLength), 1 + _rowLength);
            if (_effort == CompressionEffort.Fast)
            {
                line[0] = PngFilters.Up;
                PngFilters.Apply(PngFilters.Up, current, above, _stride, line[1..]);
                continue;
            }
            long best = long.MaxValue;
            for (int filter = PngFilters.None; filter <= PngFilters.Paeth; filter++)
            {
                PngFilters.Apply(filter, current, above, _stride, candidate);
                long cost = PngFilters.Cost(candidate);
                if (cost >= best) continue;
                best = cost;
                line[0] = (byte)filter;
                candidate.CopyTo(line[1..]);
            }
        }
    }
}
