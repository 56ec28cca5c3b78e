using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>float32 to bfloat16, to nearest, ties to even; NaN stays NaN, what is too large becomes infinite.</summary>
static unsafe class Bfloat16Rounding
{
    const uint HalfUnit = 0x7fff, Exponent = 0x7f800000, Magnitude = 0x7fffffff, Quiet = 0x40;

    /// <summary>Rounds <paramref name="count"/> values and writes zeros up to <paramref name="padded"/>.</summary>
    public static void Round(float* from, int count, ushort* to, int padded)
    {
        int i = 0;
        for (; i <= count - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
            HighHalves(Rounded(Vector512.Load((uint*)from + i)), Rounded(Vector512.Load((uint*)from + i + Vector512<uint>.Count))).Store(to + i);
        for (; i < count; i++) to[i] = Round(from[i]);
        new Span<ushort>(to + count, padded - count).Clear();
    }

    /// <summary>One value.</summary>
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & Magnitude) > Exponent ? (ushort)(bits >> 16 | Quiet) : (ushort)(bits + HalfUnit + (bits >> 16 & 1) >> 16);
    }

    /// <summary>A weight's elements as bfloat16, each rounded once; a bfloat16 weight's own bytes are taken by the caller.</summary>
    public static byte[] Round(HostTensor weight)
    {
        const int Chunk = 1 << 14;
        var bytes = new byte[checked((int)(weight.Shape.Count * sizeof(ushort)))];
        var values = new float[Chunk];
        int size = weight.Type.Size(), total = bytes.Length / sizeof(ushort);
        fixed (byte* to = bytes)
        fixed (float* from = values)
        {
            for (int start = 0; start < total; start += Chunk)
            {
                int count = Math.Min(Chunk, total - start);
                Widen.ToSingle(weight.Type, weight.Bytes.Slice(start * size, count * size), values.AsSpan(0, count));
                Round(from, count, (ushort*)to + start, count);
            }
        }
        return bytes;
    }

    /// <summary>Pairs of two rows' values, the first row's in the low halves.</summary>
    public static Vector512<uint> Pairs(Vector512<uint> low, Vector512<uint> high) => Round(low) | Round(high) << 16;

    /// <summary>Rounds and stores 16 values, ties away from zero: two instructions less for each. NaN may become anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(Lanes512 values, ushort* to) => HighHalves(TieAway(values), Vector512<uint>.Zero).GetLower().Store(to);

    /// <summary>As before, 32 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(Lanes512 a, Lanes512 b, ushort* to) => HighHalves(TieAway(a), TieAway(b)).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> TieAway(Lanes512 values) => Unsafe.BitCast<Lanes512, Vector512<uint>>(values) + Vector512.Create(HalfUnit + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ushort> HighHalves(Vector512<uint> a, Vector512<uint> b) => Avx512BW.IsSupported
        ? Avx512BW.PermuteVar32x16x2(a.AsUInt16(), (Vector512<ushort>.Indices << 1) + Vector512<ushort>.One, b.AsUInt16())
        : Vector512.Narrow(a >>> 16, b >>> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Round(Vector512<uint> bits) => Rounded(bits) >>> 16;

    // The result is in the high halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Rounded(Vector512<uint> bits) => Vector512.ConditionalSelect(Vector512.IsNaN(bits.AsSingle()).AsUInt32(),
        bits | Vector512.Create(Quiet << 16), bits + Vector512.Create(HalfUnit) + (bits >>> 16 & Vector512<uint>.One));
}
