using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>
/// Exponential and the activations built on it, for one register at a time: inlined into whatever loop or epilogue calls them. Bounds in
/// units of the last place are for normal results with fused multiply-adds and are what the tests hold; NaN in is NaN out.
/// Polynomial coefficients are minimax fits (relative error, rounded to float32 one by one from the lowest power, the rest refitted).
/// </summary>
static class VectorMath<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>
    /// e^x within 1 ulp, subnormal results correctly scaled, 0 below -103.98 and infinity above 88.73.
    /// x = n ln 2 + r (Cody and Waite: the high part of ln 2 has 10 bits, so n times it is exact), e^x = 2^n e^r.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp(TLanes x) =>
        // Beyond these both ends have reached 0 and infinity. With the limit as first operand NaN stays: x86 returns the second, Arm NaN.
        ExpCore(TLanes.Min(TLanes.Broadcast(89f), TLanes.Max(TLanes.Broadcast(-104f), x)));

    /// <summary><see cref="Exp"/> of numbers that are not positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes ExpNotPositive(TLanes x) => ExpCore(TLanes.Max(TLanes.Broadcast(-104f), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes ExpCore(TLanes x)
    {
        var n = TLanes.Round(x * TLanes.Broadcast(1.442695041f)); // 1 / ln 2
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-0.693359375f), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(2.12194440e-4f), r); // ln 2 = 0.693359375 - 2.1219444e-4
        // |r| <= ln 2 / 2; fit error 3.7e-9 (0.06 ulp). The first three coefficients are Taylor's, which makes results near 1 exact to half an ulp.
        var p = TLanes.MultiplyAdd(TLanes.Broadcast(1.3866696e-3f), r, TLanes.Broadcast(8.367571e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1667204e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.16666533f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(0.5f));
        p = TLanes.MultiplyAdd(p, r * r, r);
        return TLanes.ScaleByPowerOfTwo(p + TLanes.Broadcast(1f), n);
    }

    /// <summary>
    /// 2^x within 2 ulp for x in -126..126: the softmax of attention. Results below are as small as they should be or, beyond 2^-149, 0; above, as
    /// large or infinite. An infinite x gives its limit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp2(TLanes x) => Exp2Core(Clamp(x));

    /// <summary>As <see cref="Exp2"/>, but an infinite x may give NaN: two instructions of twelve less where the hardware scales by any
    /// power.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp2Finite(TLanes x) => Exp2Core(TLanes.ScalesByAnyPower ? x : Clamp(x));

    /// <summary>As <see cref="Exp2"/> within 1.1e-4 (2^-13): for results that are rounded to 8 bits next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp2Coarse(TLanes x) => Exp2CoarseCore(Clamp(x));

    /// <summary>As <see cref="Exp2Coarse"/> for the arguments of <see cref="Exp2Finite"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp2CoarseFinite(TLanes x) => Exp2CoarseCore(TLanes.ScalesByAnyPower ? x : Clamp(x));

    // NaN stays, as in Exp.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Clamp(TLanes x) => TLanes.Min(TLanes.Broadcast(200f), TLanes.Max(TLanes.Broadcast(-200f), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Exp2Core(TLanes x)
    {
        var n = TLanes.Round(x);
        var f = x - n;
        // |f| <= 1/2; fit error 9.4e-8 (0.8 ulp), the constant exactly 1.
        var p = TLanes.MultiplyAdd(TLanes.Broadcast(1.32704875e-3f), f, TLanes.Broadcast(9.67138e-3f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(5.550709e-2f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(0.240222454f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(0.693147f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f));
        return TLanes.ScaleByPowerOfTwo(p, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TLanes Exp2CoarseCore(TLanes x)
    {
        var n = TLanes.Round(x);
        var f = x - n;
        // |f| <= 1/2; fit error 1.02e-4, the constant exactly 1.
        var p = TLanes.MultiplyAdd(TLanes.Broadcast(5.5008951e-2f), f, TLanes.Broadcast(0.24221101f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(0.69328293f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1f));
        return TLanes.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>1 / (1 + e^-x) within 3 ulp, both tails included: the exponential is never of a positive number, so nothing overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid(TLanes x)
    {
        var e = ExpNotPositive(-TLanes.Abs(x));
        var numerator = TLanes.SelectLess(x, TLanes.Zero, e, TLanes.Broadcast(1f));
        return numerator / (TLanes.Broadcast(1f) + e);
    }

    /// <summary>x * sigmoid(x) within 3 ulp. As in IEEE arithmetic, minus infinity gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Silu(TLanes x)
    {
        var e = ExpNotPositive(-TLanes.Abs(x));
        var numerator = x * TLanes.SelectLess(x, TLanes.Zero, e, TLanes.Broadcast(1f));
        return numerator / (TLanes.Broadcast(1f) + e);
    }

    /// <summary>
    /// x/2 (1 + erf(x / sqrt 2)) within 6 ulp, also in the negative tail where that expression cancels: with t = |x| and the normal tail
    /// T(t) = erfc(t / sqrt 2) / 2 it is max(x, 0) - t T(t). Minus infinity gives 0.
    /// </summary>
    /// <remarks>
    /// T(t) = e^(-t^2/2) S(v) / (t + 3.5), where S is nearly linear in v = (t - 3.5) / (t + 3.5): Shepherd and Laframboise's variable
    /// (Math. Comp. 36, 1981). 3.5 gave the smallest error of the starting points 2, 2.5 .. 5 at degree 9.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Gelu(TLanes x)
    {
        var t = TLanes.Abs(x);
        t = TLanes.SelectLess(TLanes.Broadcast(15f), t, TLanes.Broadcast(15f), t); // T(15) is 0 in float32
        var u = TLanes.Broadcast(1f) / (t + TLanes.Broadcast(3.5f));
        var v = (t - TLanes.Broadcast(3.5f)) * u;
        // Fit error 2.4e-8 on t in 0..15.
        var s = TLanes.MultiplyAdd(TLanes.Broadcast(9.682063e-5f), v, TLanes.Broadcast(4.0804246e-4f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(-4.773163e-4f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(-3.1589388e-3f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(6.484947e-3f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(1.7400207e-2f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(-0.11605147f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(0.3154258f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(-0.565561831f));
        s = TLanes.MultiplyAdd(s, v, TLanes.Broadcast(0.744416058f));
        // t^2 in two parts: the rounding error of the square, up to 7e-6 of the tail's result, is put back to first order.
        var square = t * t;
        var rest = TLanes.MultiplyAdd(t, t, -square);
        var e = ExpNotPositive(square * TLanes.Broadcast(-0.5f));
        e = TLanes.MultiplyAdd(e * TLanes.Broadcast(-0.5f), rest, e);
        var tail = t * u * s * e;
        return TLanes.SelectLess(x, TLanes.Zero, TLanes.Zero, x) - tail;
    }

    /// <summary>
    /// x * sigmoid(1.702 x) within 4 + |1.702 x| ulp: the product 1.702 x is rounded before its exponential is taken, as in the original
    /// implementation.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes QuickGelu(TLanes x)
    {
        var e = ExpNotPositive(TLanes.Abs(x) * TLanes.Broadcast(-1.702f));
        var numerator = x * TLanes.SelectLess(x, TLanes.Zero, e, TLanes.Broadcast(1f));
        return numerator / (TLanes.Broadcast(1f) + e);
    }
}
