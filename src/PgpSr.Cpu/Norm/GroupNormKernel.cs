using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>Count, mean and sum of squared deviations of one group in one block of positions.</summary>
record struct Moments(double Count, double Mean, double SquaredDeviations)
{
    /// <summary>Moments of the union (Chan, Golub and LeVeque 1979): no cancellation, whatever the means.</summary>
    public static Moments Union(in Moments a, in Moments b)
    {
        double count = a.Count + b.Count;
        if (count == 0) return a;
        double difference = b.Mean - a.Mean;
        return new(count, a.Mean + difference * (b.Count / count),
            a.SquaredDeviations + b.SquaredDeviations + difference * difference * (a.Count * b.Count / count));
    }
}

/// <summary>
/// Group normalization of a channels-last map in two passes over memory: moments of blocks of positions, then y = f((x - mean) a + b).
/// </summary>
/// <remarks>
/// Moments: for each channel of a block, sums of x - shift and of its square, where the shift is the mean of the block's first 16
/// positions. The shift takes a common offset out before anything is squared (a mean of 1000 with a spread of 1e-3 loses nothing), and since
/// it stands for 16 of the block's own values, the sum of squares exceeds the squared deviations by at most a factor 1 + count/256.
/// Channels of a group and blocks of a map are combined in double precision.
/// </remarks>
static unsafe class GroupNormKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const int ShiftPositions = 16;

    /// <summary>Positions summed in float32 before they are added to the block's sums: bounds the error of the sums by about 16 + count/64
    /// roundings.</summary>
    const int RunPositions = 64;

    /// <summary>Floats of scratch that <see cref="Accumulate"/> needs.</summary>
    public static int ScratchFloats(int channels) => 5 * Padded(channels);

    /// <summary>Moments of each group over <paramref name="positions"/> rows of <paramref name="channels"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(float* x, int positions, int channels, int groups, float* scratch, Moments* moments)
    {
        int padded = Padded(channels);
        float* shift = scratch;
        float* sum = scratch + padded, squares = scratch + 2 * padded;
        float* runSum = scratch + 3 * padded, runSquares = scratch + 4 * padded;
        Shift(x, Math.Min(positions, ShiftPositions), channels, shift);
        new Span<float>(sum, 2 * padded).Clear();
        for (int start = 0; start < positions; start += RunPositions)
        {
            new Span<float>(runSum, 2 * padded).Clear();
            int end = Math.Min(positions, start + RunPositions);
            int position = start;
            for (; position <= end - 4; position += 4) AddRows<Count4>(x + (long)position * channels, channels, shift, runSum, runSquares);
            for (; position < end; position++) AddRows<Count1>(x + (long)position * channels, channels, shift, runSum, runSquares);
            for (int c = 0; c < 2 * padded; c += TLanes.Count) TLanes.Store(TLanes.Load(sum + c) + TLanes.Load(runSum + c), sum + c);
        }
        CombineChannels(positions, channels / groups, groups, shift, sum, squares, moments);
    }

    /// <summary>y = f((x - mean) scale + offset) for rows of channels; the tables hold one value for each channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<TFunction>(float* x, int positions, int channels, float* mean, float* scale, float* offset, float* y)
        where TFunction : ILaneFunction
    {
        int whole = channels - channels % TLanes.Count;
        int rest = channels - whole;
        for (int position = 0; position < positions; position++)
        {
            for (int c = 0; c < whole; c += TLanes.Count)
            {
                var v = TLanes.MultiplyAdd(TLanes.Load(x + c) - TLanes.Load(mean + c), TLanes.Load(scale + c), TLanes.Load(offset + c));
                TLanes.Store(TFunction.Apply(v), y + c);
            }
            if (rest > 0)
            {
                var v = TLanes.MultiplyAdd(TLanes.LoadPartial(x + whole, rest) - TLanes.Load(mean + whole), TLanes.Load(scale + whole),
                    TLanes.Load(offset + whole));
                TLanes.StorePartial(TFunction.Apply(v), y + whole, rest);
            }
            x += channels;
            y += channels;
        }
    }

    /// <summary>Room for <paramref name="channels"/> values in whole registers.</summary>
    public static int Padded(int channels) => (channels + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Shift(float* x, int positions, int channels, float* shift)
    {
        // Relative to the first position: the mean of numbers near 1000 would otherwise be rounded away from all of them.
        for (int c = 0; c < channels; c += TLanes.Count)
        {
            int count = Math.Min(TLanes.Count, channels - c);
            var first = TLanes.LoadPartial(x + c, count);
            var sum = TLanes.Zero;
            for (int position = 1; position < positions; position++) sum += TLanes.LoadPartial(x + (long)position * channels + c, count) - first;
            TLanes.Store(TLanes.MultiplyAdd(sum, TLanes.Broadcast(1f / positions), first), shift + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddRows<TRows>(float* x, int channels, float* shift, float* sum, float* squares)
        where TRows : struct, ICount
    {
        int c = 0;
        for (; c <= channels - TLanes.Count; c += TLanes.Count)
        {
            var s = TLanes.Load(shift + c);
            var d0 = TLanes.Load(x + c) - s;
            if (TRows.Value == 4)
            {
                var d1 = TLanes.Load(x + channels + c) - s;
                var d2 = TLanes.Load(x + 2L * channels + c) - s;
                var d3 = TLanes.Load(x + 3L * channels + c) - s;
                TLanes.Store(TLanes.Load(sum + c) + ((d0 + d1) + (d2 + d3)), sum + c);
                var even = TLanes.MultiplyAdd(d1, d1, d0 * d0);
                var odd = TLanes.MultiplyAdd(d3, d3, d2 * d2);
                TLanes.Store(TLanes.Load(squares + c) + (even + odd), squares + c);
            }
            else
            {
                TLanes.Store(TLanes.Load(sum + c) + d0, sum + c);
                TLanes.Store(TLanes.MultiplyAdd(d0, d0, TLanes.Load(squares + c)), squares + c);
            }
        }
        int rest = channels - c;
        if (rest == 0) return;
        for (int row = 0; row < TRows.Value; row++)
        {
            // Lanes above the last channel hold 0 - shift there; nobody reads their sums.
            var d = TLanes.LoadPartial(x + (long)row * channels + c, rest) - TLanes.Load(shift + c);
            TLanes.Store(TLanes.Load(sum + c) + d, sum + c);
            TLanes.Store(TLanes.MultiplyAdd(d, d, TLanes.Load(squares + c)), squares + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CombineChannels(int positions, int channelsPerGroup, int groups, float* shift, float* sum, float* squares, Moments* moments)
    {
        double perPosition = 1.0 / positions;
        for (int group = 0; group < groups; group++)
        {
            double origin = shift[0], offsets = 0, deviations = 0;
            for (int c = 0; c < channelsPerGroup; c++)
            {
                double s = sum[c];
                offsets += shift[c] - origin + s * perPosition;
                deviations += squares[c] - s * s * perPosition;
            }
            double meanOffset = offsets / channelsPerGroup, spread = 0;
            for (int c = 0; c < channelsPerGroup; c++)
            {
                double offset = shift[c] - origin + sum[c] * perPosition - meanOffset;
                spread += offset * offset;
            }
            moments[group] = new((double)positions * channelsPerGroup, origin + meanOffset, deviations + positions * spread);
            shift += channelsPerGroup;
            sum += channelsPerGroup;
            squares += channelsPerGroup;
        }
    }
}
