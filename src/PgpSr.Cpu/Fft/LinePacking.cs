namespace PgpSr.Cpu;

/// <summary>Lines narrower than a register, between a tensor and a buffer of interleaved registers (real or first, imaginary or second).</summary>
static unsafe class LinePacking<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Copies two lines of <paramref name="count"/> points; a second line of null reads as zeros.</summary>
    public static void LoadPair(float* first, float* second, nint step, int count, int lanes, float* buffer)
    {
        for (int n = 0; n < count; n++)
        {
            TLanes.Store(TLanes.LoadPartial(first + n * step, lanes), buffer);
            TLanes.Store(second == null ? TLanes.Zero : TLanes.LoadPartial(second + n * step, lanes), buffer + TLanes.Count);
            buffer += 2 * TLanes.Count;
        }
    }

    /// <summary>Copies two lines of <paramref name="count"/> points out; a second line of null is not wanted.</summary>
    public static void StorePair(float* buffer, int count, int lanes, float* first, float* second, nint step)
    {
        for (int n = 0; n < count; n++)
        {
            TLanes.StorePartial(TLanes.Load(buffer), first + n * step, lanes);
            if (second != null) TLanes.StorePartial(TLanes.Load(buffer + TLanes.Count), second + n * step, lanes);
            buffer += 2 * TLanes.Count;
        }
    }
}
