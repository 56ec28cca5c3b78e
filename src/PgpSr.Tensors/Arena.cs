namespace PgpSr.Tensors;

/// <summary>
/// Hands out byte ranges of a few large segments: best fit, lowest address among equals, neighbors merged on return; the range at the end of a
/// segment is the last choice, however small. The same sequence of requests gets the same ranges, so a second identical run needs no new
/// segment, and a single segment gets the same ranges whatever its size: what a rehearsal in an endless one reached is what a run needs.
/// </summary>
sealed class Arena
{
    /// <summary>Cache-line alignment, and a full 512-bit vector.</summary>
    public const int Alignment = 64;

    readonly List<Segment> _segments = [];

    /// <summary>Bytes handed out now, rounded to the alignment.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The most that was handed out at once.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes of all segments.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>The highest end of any range ever handed out, within its segment: with one segment, what it has to hold.</summary>
    public long HighWater { get; private set; }

    public static long Round(long bytes) => (Math.Max(bytes, 1) + Alignment - 1) & -Alignment;

    public void AddSegment(long bytes)
    {
        var segment = new Segment(_segments.Count, bytes);
        segment.Free.Add(new Range(0, bytes));
        _segments.Add(segment);
        ReservedBytes += bytes;
    }

    /// <summary>False if no segment has a free range of that size.</summary>
    public bool TryRent(long bytes, out Block block)
    {
        long size = Round(bytes), bestRank = long.MaxValue;
        Segment? best = null;
        int bestIndex = -1;
        foreach (var segment in _segments)
        {
            for (int i = 0; i < segment.Free.Count; i++)
            {
                var candidate = segment.Free[i];
                if (candidate.Size < size) continue;
                long rank = candidate.Start + candidate.Size == segment.Size ? long.MaxValue - 1 : candidate.Size;
                if (rank >= bestRank) continue;
                bestRank = rank;
                best = segment;
                bestIndex = i;
            }
        }
        if (best is null)
        {
            block = default;
            return false;
        }
        var range = best.Free[bestIndex];
        if (range.Size == size) best.Free.RemoveAt(bestIndex);
        else best.Free[bestIndex] = new Range(range.Start + size, range.Size - size);
        block = new Block(best.Index, range.Start, size);
        LiveBytes += size;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        HighWater = Math.Max(HighWater, range.Start + size);
        return true;
    }

    public void Return(Block block)
    {
        var free = _segments[block.Segment].Free;
        int at = 0;
        while (at < free.Count && free[at].Start < block.Start) at++;
        free.Insert(at, new Range(block.Start, block.Size));
        if (at + 1 < free.Count && free[at].Start + free[at].Size == free[at + 1].Start)
        {
            free[at] = new Range(free[at].Start, free[at].Size + free[at + 1].Size);
            free.RemoveAt(at + 1);
        }
        if (at > 0 && free[at - 1].Start + free[at - 1].Size == free[at].Start)
        {
            free[at - 1] = new Range(free[at - 1].Start, free[at - 1].Size + free[at].Size);
            free.RemoveAt(at);
        }
        LiveBytes -= block.Size;
    }

    /// <summary>Forgets all segments; nothing may be live.</summary>
    public void Clear()
    {
        _segments.Clear();
        ReservedBytes = 0;
    }

    /// <summary>Starts counting the peak anew from what is live.</summary>
    public void ResetPeak() => PeakBytes = LiveBytes;

    public readonly record struct Block(int Segment, long Start, long Size);

    readonly record struct Range(long Start, long Size);

    sealed class Segment(int index, long size)
    {
        public int Index { get; } = index;

        public long Size { get; } = size;

        public List<Range> Free { get; } = [];
    }
}
