using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>A small DFT over lines: <see cref="Radix"/> legs in, as many out.</summary>
unsafe interface IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    static abstract int Radix { get; }

    /// <summary>Reads every leg before it writes one, so the output may be the input. Steps are in floats.</summary>
    static abstract void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>;
}

/// <summary>What legs 1 and above are multiplied by while they are loaded.</summary>
unsafe interface ITwiddles<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Loads leg m of a butterfly.</summary>
    static abstract void Load(float* re, float* im, float* twiddles, int leg, out TLanes real, out TLanes imaginary);
}

// The small DFTs with exp(-2 pi i k m / radix), on registers of independent lines: scalar formulas, lane by lane. x0..x7 are the legs, r and i their
// real and imaginary parts. Eight legs are 16 registers, which leaves the 512-bit set room for twiddles and sums.

/// <summary>A copy: the transform of length 1.</summary>
readonly unsafe struct Butterfly1<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Radix => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r = TLanes.Load(re);
        var i = TLanes.Load(im);
        TLanes.Store(r, outRe);
        TLanes.Store(i, outIm);
    }
}

/// <summary>Sum and difference.</summary>
readonly unsafe struct Butterfly2<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Radix => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        TTwiddles.Load(re + step, im + step, twiddles, 1, out var r1, out var i1);
        TLanes.Store(r0 + r1, outRe);
        TLanes.Store(i0 + i1, outIm);
        TLanes.Store(r0 - r1, outRe + outStep);
        TLanes.Store(i0 - i1, outIm + outStep);
    }
}

/// <summary>Three legs: two multiplications.</summary>
readonly unsafe struct Butterfly3<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const float Sine = 0.866025403784438647f; // sin(2 pi / 3)

    public static int Radix => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        TTwiddles.Load(re + step, im + step, twiddles, 1, out var r1, out var i1);
        TTwiddles.Load(re + 2 * step, im + 2 * step, twiddles, 2, out var r2, out var i2);
        var half = TLanes.Broadcast(0.5f);
        var sine = TLanes.Broadcast(Sine);
        var sumR = r1 + r2;
        var sumI = i1 + i2;
        var differenceR = r1 - r2;
        var differenceI = i1 - i2;
        var meanR = TLanes.NegatedMultiplyAdd(half, sumR, r0);
        var meanI = TLanes.NegatedMultiplyAdd(half, sumI, i0);
        TLanes.Store(r0 + sumR, outRe);
        TLanes.Store(i0 + sumI, outIm);
        TLanes.Store(TLanes.MultiplyAdd(sine, differenceI, meanR), outRe + outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(sine, differenceR, meanI), outIm + outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(sine, differenceI, meanR), outRe + 2 * outStep);
        TLanes.Store(TLanes.MultiplyAdd(sine, differenceR, meanI), outIm + 2 * outStep);
    }
}

/// <summary>Four legs: additions alone.</summary>
readonly unsafe struct Butterfly4<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static int Radix => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        TTwiddles.Load(re + step, im + step, twiddles, 1, out var r1, out var i1);
        TTwiddles.Load(re + 2 * step, im + 2 * step, twiddles, 2, out var r2, out var i2);
        TTwiddles.Load(re + 3 * step, im + 3 * step, twiddles, 3, out var r3, out var i3);
        var evenR = r0 + r2;
        var evenI = i0 + i2;
        var evenDifferenceR = r0 - r2;
        var evenDifferenceI = i0 - i2;
        var oddR = r1 + r3;
        var oddI = i1 + i3;
        var oddDifferenceR = r1 - r3;
        var oddDifferenceI = i1 - i3;
        TLanes.Store(evenR + oddR, outRe);
        TLanes.Store(evenI + oddI, outIm);
        TLanes.Store(evenDifferenceR + oddDifferenceI, outRe + outStep);
        TLanes.Store(evenDifferenceI - oddDifferenceR, outIm + outStep);
        TLanes.Store(evenR - oddR, outRe + 2 * outStep);
        TLanes.Store(evenI - oddI, outIm + 2 * outStep);
        TLanes.Store(evenDifferenceR - oddDifferenceI, outRe + 3 * outStep);
        TLanes.Store(evenDifferenceI + oddDifferenceR, outIm + 3 * outStep);
    }
}

/// <summary>Five legs: sums and differences of the pairs (1, 4) and (2, 3).</summary>
readonly unsafe struct Butterfly5<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const float Cosine1 = 0.309016994374947424f;  // cos(2 pi / 5)
    const float Cosine2 = -0.809016994374947424f; // cos(4 pi / 5)
    const float Sine1 = 0.951056516295153572f;
    const float Sine2 = 0.587785252292473129f;

    public static int Radix => 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        TTwiddles.Load(re + step, im + step, twiddles, 1, out var r1, out var i1);
        TTwiddles.Load(re + 2 * step, im + 2 * step, twiddles, 2, out var r2, out var i2);
        TTwiddles.Load(re + 3 * step, im + 3 * step, twiddles, 3, out var r3, out var i3);
        TTwiddles.Load(re + 4 * step, im + 4 * step, twiddles, 4, out var r4, out var i4);
        var cosine1 = TLanes.Broadcast(Cosine1);
        var cosine2 = TLanes.Broadcast(Cosine2);
        var sine1 = TLanes.Broadcast(Sine1);
        var sine2 = TLanes.Broadcast(Sine2);
        var aR1 = r1 + r4;
        var aI1 = i1 + i4;
        var bR1 = r1 - r4;
        var bI1 = i1 - i4;
        var aR2 = r2 + r3;
        var aI2 = i2 + i3;
        var bR2 = r2 - r3;
        var bI2 = i2 - i3;
        TLanes.Store(r0 + (aR1 + aR2), outRe);
        TLanes.Store(i0 + (aI1 + aI2), outIm);
        var cR1 = TLanes.MultiplyAdd(cosine2, aR2, TLanes.MultiplyAdd(cosine1, aR1, r0));
        var cI1 = TLanes.MultiplyAdd(cosine2, aI2, TLanes.MultiplyAdd(cosine1, aI1, i0));
        var cR2 = TLanes.MultiplyAdd(cosine1, aR2, TLanes.MultiplyAdd(cosine2, aR1, r0));
        var cI2 = TLanes.MultiplyAdd(cosine1, aI2, TLanes.MultiplyAdd(cosine2, aI1, i0));
        var sR1 = TLanes.MultiplyAdd(sine2, bR2, sine1 * bR1);
        var sI1 = TLanes.MultiplyAdd(sine2, bI2, sine1 * bI1);
        var sR2 = TLanes.NegatedMultiplyAdd(sine1, bR2, sine2 * bR1);
        var sI2 = TLanes.NegatedMultiplyAdd(sine1, bI2, sine2 * bI1);
        TLanes.Store(cR1 + sI1, outRe + outStep);
        TLanes.Store(cI1 - sR1, outIm + outStep);
        TLanes.Store(cR2 + sI2, outRe + 2 * outStep);
        TLanes.Store(cI2 - sR2, outIm + 2 * outStep);
        TLanes.Store(cR2 - sI2, outRe + 3 * outStep);
        TLanes.Store(cI2 + sR2, outIm + 3 * outStep);
        TLanes.Store(cR1 - sI1, outRe + 4 * outStep);
        TLanes.Store(cI1 + sR1, outIm + 4 * outStep);
    }
}

/// <summary>Seven legs: sums and differences of three pairs.</summary>
readonly unsafe struct Butterfly7<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const float Cosine1 = 0.623489801858733531f;  // cos(2 pi / 7)
    const float Cosine2 = -0.222520933956314404f; // cos(4 pi / 7)
    const float Cosine3 = -0.900968867902419126f; // cos(6 pi / 7)
    const float Sine1 = 0.781831482468029809f;
    const float Sine2 = 0.974927912181823607f;
    const float Sine3 = 0.433883739117558120f;

    public static int Radix => 7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r0 = TLanes.Load(re);
        var i0 = TLanes.Load(im);
        TTwiddles.Load(re + step, im + step, twiddles, 1, out var r1, out var i1);
        TTwiddles.Load(re + 2 * step, im + 2 * step, twiddles, 2, out var r2, out var i2);
        TTwiddles.Load(re + 3 * step, im + 3 * step, twiddles, 3, out var r3, out var i3);
        TTwiddles.Load(re + 4 * step, im + 4 * step, twiddles, 4, out var r4, out var i4);
        TTwiddles.Load(re + 5 * step, im + 5 * step, twiddles, 5, out var r5, out var i5);
        TTwiddles.Load(re + 6 * step, im + 6 * step, twiddles, 6, out var r6, out var i6);
        var (aR1, aI1, bR1, bI1) = (r1 + r6, i1 + i6, r1 - r6, i1 - i6);
        var (aR2, aI2, bR2, bI2) = (r2 + r5, i2 + i5, r2 - r5, i2 - i5);
        var (aR3, aI3, bR3, bI3) = (r3 + r4, i3 + i4, r3 - r4, i3 - i4);
        TLanes.Store(r0 + (aR1 + aR2 + aR3), outRe);
        TLanes.Store(i0 + (aI1 + aI2 + aI3), outIm);
        // Row k of the cosines is cos(2 pi k m / 7), m = 1, 2, 3; so for the sines.
        Pair(r0, i0, aR1, aI1, aR2, aI2, aR3, aI3, bR1, bI1, bR2, bI2, bR3, bI3, Cosine1, Cosine2, Cosine3, Sine1, Sine2, Sine3,
            outRe + outStep, outIm + outStep, outRe + 6 * outStep, outIm + 6 * outStep);
        Pair(r0, i0, aR1, aI1, aR2, aI2, aR3, aI3, bR1, bI1, bR2, bI2, bR3, bI3, Cosine2, Cosine3, Cosine1, Sine2, -Sine3, -Sine1,
            outRe + 2 * outStep, outIm + 2 * outStep, outRe + 5 * outStep, outIm + 5 * outStep);
        Pair(r0, i0, aR1, aI1, aR2, aI2, aR3, aI3, bR1, bI1, bR2, bI2, bR3, bI3, Cosine3, Cosine1, Cosine2, Sine3, -Sine1, Sine2,
            outRe + 3 * outStep, outIm + 3 * outStep, outRe + 4 * outStep, outIm + 4 * outStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair(TLanes r0, TLanes i0, TLanes aR1, TLanes aI1, TLanes aR2, TLanes aI2, TLanes aR3, TLanes aI3, TLanes bR1, TLanes bI1,
        TLanes bR2, TLanes bI2, TLanes bR3, TLanes bI3, float c1, float c2, float c3, float s1, float s2, float s3,
        float* outRe, float* outIm, float* mirrorRe, float* mirrorIm)
    {
        var (cosine1, cosine2, cosine3) = (TLanes.Broadcast(c1), TLanes.Broadcast(c2), TLanes.Broadcast(c3));
        var (sine1, sine2, sine3) = (TLanes.Broadcast(s1), TLanes.Broadcast(s2), TLanes.Broadcast(s3));
        var cR = TLanes.MultiplyAdd(cosine3, aR3, TLanes.MultiplyAdd(cosine2, aR2, TLanes.MultiplyAdd(cosine1, aR1, r0)));
        var cI = TLanes.MultiplyAdd(cosine3, aI3, TLanes.MultiplyAdd(cosine2, aI2, TLanes.MultiplyAdd(cosine1, aI1, i0)));
        var sR = TLanes.MultiplyAdd(sine3, bR3, TLanes.MultiplyAdd(sine2, bR2, sine1 * bR1));
        var sI = TLanes.MultiplyAdd(sine3, bI3, TLanes.MultiplyAdd(sine2, bI2, sine1 * bI1));
        TLanes.Store(cR + sI, outRe);
        TLanes.Store(cI - sR, outIm);
        TLanes.Store(cR - sI, mirrorRe);
        TLanes.Store(cI + sR, mirrorIm);
    }
}

/// <summary>Eight legs: two transforms of four, joined by the eighth roots of one.</summary>
readonly unsafe struct Butterfly8<TLanes> : IButterfly<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const float HalfRoot = 0.707106781186547524f;

    public static int Radix => 8;

    // The JIT does not inline so long a method; without this attribute its first calls would run unoptimized.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TTwiddles>(float* re, float* im, nint step, float* twiddles, float* outRe, float* outIm, nint outStep)
        where TTwiddles : struct, ITwiddles<TLanes>
    {
        var r1 = TLanes.Load(re);
        var i1 = TLanes.Load(im);
        TTwiddles.Load(re + 2 * step, im + 2 * step, twiddles, 2, out var r2, out var i2);
        TTwiddles.Load(re + 4 * step, im + 4 * step, twiddles, 4, out var r3, out var i3);
        TTwiddles.Load(re + 6 * step, im + 6 * step, twiddles, 6, out var r4, out var i4);
        var (sR, sI, dR, dI) = (r1 + r3, i1 + i3, r1 - r3, i1 - i3);
        var (tR, tI, uR, uI) = (r2 + r4, i2 + i4, r2 - r4, i2 - i4);
        var (e0R, e0I, e2R, e2I) = (sR + tR, sI + tI, sR - tR, sI - tI);
        var (e1R, e1I, e3R, e3I) = (dR + uI, dI - uR, dR - uI, dI + uR);

        TTwiddles.Load(re + step, im + step, twiddles, 1, out r1, out i1);
        TTwiddles.Load(re + 3 * step, im + 3 * step, twiddles, 3, out r2, out i2);
        TTwiddles.Load(re + 5 * step, im + 5 * step, twiddles, 5, out r3, out i3);
        TTwiddles.Load(re + 7 * step, im + 7 * step, twiddles, 7, out r4, out i4);
        (sR, sI, dR, dI) = (r1 + r3, i1 + i3, r1 - r3, i1 - i3);
        (tR, tI, uR, uI) = (r2 + r4, i2 + i4, r2 - r4, i2 - i4);
        var (o0R, o0I, o2R, o2I) = (sR + tR, sI + tI, sR - tR, sI - tI);
        var (o1R, o1I, o3R, o3I) = (dR + uI, dI - uR, dR - uI, dI + uR);

        TLanes.Store(e0R + o0R, outRe);
        TLanes.Store(e0I + o0I, outIm);
        TLanes.Store(e0R - o0R, outRe + 4 * outStep);
        TLanes.Store(e0I - o0I, outIm + 4 * outStep);
        TLanes.Store(e2R + o2I, outRe + 2 * outStep);
        TLanes.Store(e2I - o2R, outIm + 2 * outStep);
        TLanes.Store(e2R - o2I, outRe + 6 * outStep);
        TLanes.Store(e2I + o2R, outIm + 6 * outStep);
        var root = TLanes.Broadcast(HalfRoot);
        var sum = o1R + o1I;
        var difference = o1I - o1R;
        TLanes.Store(TLanes.MultiplyAdd(root, sum, e1R), outRe + outStep);
        TLanes.Store(TLanes.MultiplyAdd(root, difference, e1I), outIm + outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(root, sum, e1R), outRe + 5 * outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(root, difference, e1I), outIm + 5 * outStep);
        sum = o3R + o3I;
        difference = o3I - o3R;
        TLanes.Store(TLanes.MultiplyAdd(root, difference, e3R), outRe + 3 * outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(root, sum, e3I), outIm + 3 * outStep);
        TLanes.Store(TLanes.NegatedMultiplyAdd(root, difference, e3R), outRe + 7 * outStep);
        TLanes.Store(TLanes.MultiplyAdd(root, sum, e3I), outIm + 7 * outStep);
    }
}
