using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>Legs as they are: the first stage, and the first butterfly of every later block.</summary>
readonly unsafe struct NoTwiddles<TLanes> : ITwiddles<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(float* re, float* im, float* twiddles, int leg, out TLanes real, out TLanes imaginary)
    {
        real = TLanes.Load(re);
        imaginary = TLanes.Load(im);
    }
}

/// <summary>Legs times the twiddle factors of <see cref="FftStage.TwiddleTable"/>.</summary>
readonly unsafe struct TableTwiddles<TLanes> : ITwiddles<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(float* re, float* im, float* twiddles, int leg, out TLanes real, out TLanes imaginary)
    {
        var a = TLanes.Load(re);
        var b = TLanes.Load(im);
        var cosine = TLanes.Broadcast(twiddles[2 * leg - 2]);
        var sine = TLanes.Broadcast(twiddles[2 * leg - 1]);
        real = TLanes.NegatedMultiplyAdd(b, sine, a * cosine);
        imaginary = TLanes.MultiplyAdd(b, cosine, a * sine);
    }
}
