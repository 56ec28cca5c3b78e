using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
            Vector512.Narrow(Round(Vector512.Load((uint*)from + i)), Round(Vector512.Load((uint*)from + i + Vector512<uint>.Count))).Store(to + i);
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

    /// <summary>Rounds and stores 16 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 values, ushort* to)
    {
        var rounded = Round(Unsafe.BitCast<Lanes512, Vector512<uint>>(values));
        Vector512.Narrow(rounded, rounded).GetLower().Store(to);
    }

    /// <summary>Rounds and stores 32 values; NaN may become anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFinite(Lanes512 a, Lanes512 b, ushort* to)
    {
        var low = Unsafe.BitCast<Lanes512, Vector512<uint>>(a);
        var high = Unsafe.BitCast<Lanes512, Vector512<uint>>(b);
        Vector512.Narrow(RoundFinite(low), RoundFinite(high)).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> RoundFinite(Vector512<uint> bits) => bits + Vector512.Create(HalfUnit) + (bits >>> 16 & Vector512<uint>.One) >>> 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Round(Vector512<uint> bits)
    {
        var isNaN = Vector512.GreaterThan((bits & Vector512.Create(Magnitude)).AsInt32(), Vector512.Create((int)Exponent)).AsUInt32();
        return Vector512.ConditionalSelect(isNaN, bits >>> 16 | Vector512.Create(Quiet), RoundFinite(bits));
    }
}
