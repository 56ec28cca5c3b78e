using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// The DFT of an odd prime length p by its definition, folded once: with a[m] = x[m] + x[p-m] and b[m] = x[m] - x[p-m],
/// X[k], X[p-k] = (x[0] + sum of a[m] cos(2 pi k m / p)) -/+ i (sum of b[m] sin(2 pi k m / p)), so (p-1)^2 real multiply-adds a complex line.
/// </summary>
/// <remarks>
/// The sums are a small matrix product of the table with four lines for each m. Six outputs at once are 24 accumulators; with four lines of data
/// and two broadcasts they fill 30 of 32 registers. Sets of 16 registers take two outputs: 8 accumulators.
/// </remarks>
static unsafe class PrimeButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>One butterfly of <paramref name="stage"/>; <paramref name="sums"/> has room for 2 p lines. The output may be the input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TTwiddles>(
        FftStage stage, float* re, float* im, nint step, float* twiddles, float* sums, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        int prime = stage.Radix;
        int half = (prime - 1) / 2;
        nint line = TLanes.Count;
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        var totalR = r0;
        var totalI = i0;
        for (int m = 1; m <= half; m++)
        {
            nint leg = m * step;
            nint mirror = (prime - m) * step;
            TTwiddles.Load(re + leg, im + leg, twiddles, m, out var r, out var i);
            TTwiddles.Load(re + mirror, im + mirror, twiddles, prime - m, out var mirrorR, out var mirrorI);
            float* sum = sums + (m - 1) * 4 * line;
            TLanes.Store(r + mirrorR, sum);
            TLanes.Store(i + mirrorI, sum + line);
            TLanes.Store(r - mirrorR, sum + 2 * line);
            TLanes.Store(i - mirrorI, sum + 3 * line);
            totalR += r + mirrorR;
            totalI += i + mirrorI;
        }
        TLanes.Store(totalR, outRe);
        TLanes.Store(totalI, outIm);
        var output = new Mirrored(prime, outRe, outIm, outStep);
        float* table = stage.PrimeCosinesAndSines;
        for (int k = 1; k <= half; k += FftStage.PrimeRows)
        {
            int rows = Math.Min(FftStage.PrimeRows, half + 1 - k);
            if (TLanes.Registers >= 32)
            {
                Six(r0, i0, sums, table, half, k, rows, output);
            }
            else
            {
                for (int row = 0; row < rows; row += 2) Two(r0, i0, sums, table + row, half, k + row, Math.Min(2, rows - row), output);
            }
            table += (nint)half * 2 * FftStage.PrimeRows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Six(TLanes r0, TLanes i0, float* sums, float* table, int half, int k, int rows, Mirrored output)
    {
        var (cR0, cI0, sR0, sI0) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR1, cI1, sR1, sI1) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR2, cI2, sR2, sI2) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR3, cI3, sR3, sI3) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR4, cI4, sR4, sI4) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR5, cI5, sR5, sI5) = (r0, i0, TLanes.Zero, TLanes.Zero);
        for (int m = 0; m < half; m++)
        {
            var aR = TLanes.Load(sums);
            var aI = TLanes.Load(sums + TLanes.Count);
            var bR = TLanes.Load(sums + 2 * TLanes.Count);
            var bI = TLanes.Load(sums + 3 * TLanes.Count);
            Accumulate(table, aR, aI, bR, bI, ref cR0, ref cI0, ref sR0, ref sI0);
            Accumulate(table + 1, aR, aI, bR, bI, ref cR1, ref cI1, ref sR1, ref sI1);
            Accumulate(table + 2, aR, aI, bR, bI, ref cR2, ref cI2, ref sR2, ref sI2);
            Accumulate(table + 3, aR, aI, bR, bI, ref cR3, ref cI3, ref sR3, ref sI3);
            Accumulate(table + 4, aR, aI, bR, bI, ref cR4, ref cI4, ref sR4, ref sI4);
            Accumulate(table + 5, aR, aI, bR, bI, ref cR5, ref cI5, ref sR5, ref sI5);
            sums += 4 * TLanes.Count;
            table += 2 * FftStage.PrimeRows;
        }
        output.Store(k, cR0, cI0, sR0, sI0);
        if (rows > 1) output.Store(k + 1, cR1, cI1, sR1, sI1);
        if (rows > 2) output.Store(k + 2, cR2, cI2, sR2, sI2);
        if (rows > 3) output.Store(k + 3, cR3, cI3, sR3, sI3);
        if (rows > 4) output.Store(k + 4, cR4, cI4, sR4, sI4);
        if (rows > 5) output.Store(k + 5, cR5, cI5, sR5, sI5);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two(TLanes r0, TLanes i0, float* sums, float* table, int half, int k, int rows, Mirrored output)
    {
        var (cR0, cI0, sR0, sI0) = (r0, i0, TLanes.Zero, TLanes.Zero);
        var (cR1, cI1, sR1, sI1) = (r0, i0, TLanes.Zero, TLanes.Zero);
        for (int m = 0; m < half; m++)
        {
            var aR = TLanes.Load(sums);
            var aI = TLanes.Load(sums + TLanes.Count);
            var bR = TLanes.Load(sums + 2 * TLanes.Count);
            var bI = TLanes.Load(sums + 3 * TLanes.Count);
            Accumulate(table, aR, aI, bR, bI, ref cR0, ref cI0, ref sR0, ref sI0);
            Accumulate(table + 1, aR, aI, bR, bI, ref cR1, ref cI1, ref sR1, ref sI1);
            sums += 4 * TLanes.Count;
            table += 2 * FftStage.PrimeRows;
        }
        output.Store(k, cR0, cI0, sR0, sI0);
        if (rows > 1) output.Store(k + 1, cR1, cI1, sR1, sI1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Accumulate(float* table, TLanes aR, TLanes aI, TLanes bR, TLanes bI, ref TLanes cR, ref TLanes cI, ref TLanes sR, ref TLanes sI)
    {
        var cosine = TLanes.Broadcast(table[0]);
        var sine = TLanes.Broadcast(table[FftStage.PrimeRows]);
        cR = TLanes.MultiplyAdd(cosine, aR, cR);
        cI = TLanes.MultiplyAdd(cosine, aI, cI);
        sR = TLanes.MultiplyAdd(sine, bR, sR);
        sI = TLanes.MultiplyAdd(sine, bI, sI);
    }

    /// <summary>Where outputs k and p-k go.</summary>
    readonly struct Mirrored(int prime, float* re, float* im, nint step)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(int k, TLanes cR, TLanes cI, TLanes sR, TLanes sI)
        {
            TLanes.Store(cR + sI, re + k * step);
            TLanes.Store(cI - sR, im + k * step);
            TLanes.Store(cR - sI, re + (prime - k) * step);
            TLanes.Store(cI + sR, im + (prime - k) * step);
        }
    }
}
