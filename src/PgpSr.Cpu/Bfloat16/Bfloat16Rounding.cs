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

    static Vector512<uint> Round(Vector512<uint> bits)
    {
        var high = bits >>> 16;
        var rounded = bits + Vector512.Create(HalfUnit) + (high & Vector512<uint>.One) >>> 16;
        var isNaN = Vector512.GreaterThan((bits & Vector512.Create(Magnitude)).AsInt32(), Vector512.Create((int)Exponent)).AsUInt32();
        return Vector512.ConditionalSelect(isNaN, high | Vector512.Create(Quiet), rounded);
    }
}
