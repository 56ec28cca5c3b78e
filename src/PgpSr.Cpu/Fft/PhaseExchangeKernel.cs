using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// Phase exchange of complex numbers: u' = |u| v/|v|, v' = |v| u/|u|, a zero's phase being 0. Needs no angle: u' = v r and v' = u / r with
/// r = |u| / |v|.
/// </summary>
/// <remarks>
/// While all squared magnitudes q lie in [2^-60, 2^60], q_u / q_v can neither overflow nor underflow (2^-120 .. 2^120), and the square of a part
/// that does underflow is below 2^-66 of the sum, far under its rounding. Anything else, zeros, infinities and NaN included, goes
/// through parts divided by the larger of the two, which are at most 1, so that the unit phase and the magnitude are both exact to a few roundings
/// down to subnormal numbers.
/// </remarks>
static unsafe class PhaseExchangeKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    const float SmallestSquare = 8.673617379884035e-19f; // 2^-60
    const float LargestSquare = 1.152921504606847e18f;   // 2^60

    /// <summary>In place on two lines of <paramref name="count"/> interleaved registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exchange(float* u, float* v, int count)
    {
        for (int n = 0; n < count; n++)
        {
            Exchange(
                TLanes.Load(u), TLanes.Load(u + TLanes.Count), TLanes.Load(v), TLanes.Load(v + TLanes.Count),
                out var uR, out var uI, out var vR, out var vI);
            TLanes.Store(uR, u);
            TLanes.Store(uI, u + TLanes.Count);
            TLanes.Store(vR, v);
            TLanes.Store(vI, v + TLanes.Count);
            u += 2 * TLanes.Count;
            v += 2 * TLanes.Count;
        }
    }

    /// <summary>
    /// On bins of spectra: <paramref name="channels"/> real parts, then as many imaginary parts, for each of <paramref name="count"/> bins.
    /// Destinations may be the sources.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exchange(float* u, float* v, long count, int channels, float* exchangedU, float* exchangedV)
    {
        for (long bin = 0; bin < count; bin++)
        {
            int c = 0;
            for (; c <= channels - TLanes.Count; c += TLanes.Count)
            {
                Exchange(
                    TLanes.Load(u + c), TLanes.Load(u + channels + c), TLanes.Load(v + c), TLanes.Load(v + channels + c),
                    out var uR, out var uI, out var vR, out var vI);
                TLanes.Store(uR, exchangedU + c);
                TLanes.Store(uI, exchangedU + channels + c);
                TLanes.Store(vR, exchangedV + c);
                TLanes.Store(vI, exchangedV + channels + c);
            }
            int rest = channels - c;
            if (rest > 0)
            {
                Exchange(
                    TLanes.LoadPartial(u + c, rest), TLanes.LoadPartial(u + channels + c, rest),
                    TLanes.LoadPartial(v + c, rest), TLanes.LoadPartial(v + channels + c, rest),
                    out var uR, out var uI, out var vR, out var vI);
                TLanes.StorePartial(uR, exchangedU + c, rest);
                TLanes.StorePartial(uI, exchangedU + channels + c, rest);
                TLanes.StorePartial(vR, exchangedV + c, rest);
                TLanes.StorePartial(vI, exchangedV + channels + c, rest);
            }
            u += 2 * (nint)channels;
            v += 2 * (nint)channels;
            exchangedU += 2 * (nint)channels;
            exchangedV += 2 * (nint)channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Exchange(TLanes uR, TLanes uI, TLanes vR, TLanes vI, out TLanes newUR, out TLanes newUI, out TLanes newVR, out TLanes newVI)
    {
        var squareU = TLanes.MultiplyAdd(uR, uR, uI * uI);
        var squareV = TLanes.MultiplyAdd(vR, vR, vI * vI);
        if (TLanes.AnyLess(TLanes.Min(squareU, squareV), TLanes.Broadcast(SmallestSquare))
            || TLanes.AnyLess(TLanes.Broadcast(LargestSquare), TLanes.Max(squareU, squareV)))
        {
            Robust(uR, uI, vR, vI, out newUR, out newUI, out newVR, out newVI);
            return;
        }
        var ratio = TLanes.Sqrt(squareU / squareV);
        var inverse = TLanes.Broadcast(1) / ratio;
        newUR = vR * ratio;
        newUI = vI * ratio;
        newVR = uR * inverse;
        newVI = uI * inverse;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Robust(TLanes uR, TLanes uI, TLanes vR, TLanes vI, out TLanes newUR, out TLanes newUI, out TLanes newVR, out TLanes newVI)
    {
        Polar(uR, uI, out var magnitudeU, out var phaseUR, out var phaseUI);
        Polar(vR, vI, out var magnitudeV, out var phaseVR, out var phaseVI);
        newUR = magnitudeU * phaseVR;
        newUI = magnitudeU * phaseVI;
        newVR = magnitudeV * phaseUR;
        newVI = magnitudeV * phaseUI;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Polar(TLanes re, TLanes im, out TLanes magnitude, out TLanes phaseR, out TLanes phaseI)
    {
        var larger = TLanes.Max(TLanes.Abs(re), TLanes.Abs(im));
        // A sum, since a maximum may lose a NaN.
        var any = TLanes.Abs(re) + TLanes.Abs(im);
        // Parts relative to the larger: 1 and at most 1, so the length lies between 1 and the root of 2.
        var relativeR = TLanes.SelectEqual(any, TLanes.Zero, TLanes.Broadcast(1), re / larger);
        var relativeI = TLanes.SelectEqual(any, TLanes.Zero, TLanes.Zero, im / larger);
        var length = TLanes.Sqrt(TLanes.MultiplyAdd(relativeR, relativeR, relativeI * relativeI));
        magnitude = larger * length;
        phaseR = relativeR / length;
        phaseI = relativeI / length;
    }
}
