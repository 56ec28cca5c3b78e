using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PgpSr.Imaging;

/// <summary>The two passes of the 8-bit path: 22 fraction bits, half added, shifted down, clipped (Pillow, Resample.c, ImagingResampleHorizontal_8bpc
/// and Vertical).</summary>
static unsafe class ResizeBytes8
{
    const int FractionBits = ResizeWeights.FractionBits;
    const int Half = 1 << (FractionBits - 1);

    // Pixels are widened to 4 bytes, two taps to 8 bytes: one 256-bit register of integers.
    const int Lanes = 4, TapsPerVector = 2;

    /// <summary>Rows of source width to rows of destination width.</summary>
    public static void Horizontal(ReadOnlySpan<byte> source, int channels, ResizeWeights weights, int rowCount, Span<byte> destination)
    {
        int taps = (weights.Taps + TapsPerVector - 1) / TapsPerVector * TapsPerVector;
        // Each weight four times, so that it meets the four lanes of its pixel; taps past the count are zero.
        int[] spread = new int[checked(weights.Length * taps * Lanes)];
        for (int i = 0; i < weights.Length; i++)
            for (int t = 0; t < weights.Count[i]; t++) spread.AsSpan((i * taps + t) * Lanes, Lanes).Fill(weights.Fixed[i * weights.Taps + t]);
        int sourceLength = weights.SourceLength * channels, length = weights.Length * channels;
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            nint start = (nint)from, end = (nint)to;
            RowBands.Run(rowCount, (long)weights.Length * taps, (first, count) =>
            {
                byte[] padded = new byte[(weights.SourceLength + taps) * Lanes];
                for (int row = first; row < first + count; row++)
                {
                    Widen(new ReadOnlySpan<byte>((byte*)start + (long)row * sourceLength, sourceLength), channels, padded);
                    HorizontalRow(padded, channels, weights, taps, spread, new Span<byte>((byte*)end + (long)row * length, length));
                }
            });
        }
    }

    static void Widen(ReadOnlySpan<byte> row, int channels, byte[] padded)
    {
        if (channels == Lanes)
        {
            row.CopyTo(padded);
            return;
        }
        for (int from = 0, to = 0; from < row.Length; from += channels, to += Lanes)
        {
            padded[to] = row[from];
            if (channels > 1) padded[to + 1] = row[from + 1];
            if (channels > 2) padded[to + 2] = row[from + 2];
        }
    }

    static void HorizontalRow(byte[] padded, int channels, ResizeWeights weights, int taps, int[] spread, Span<byte> destination)
    {
        fixed (byte* pixels = padded)
        fixed (int* all = spread)
        {
            for (int i = 0, to = 0; i < weights.Length; i++, to += channels)
            {
                byte* p = pixels + weights.First[i] * Lanes;
                int* w = all + (long)i * taps * Lanes;
                Vector256<int> sum = Vector256<int>.Zero;
                for (int t = 0; t < weights.Count[i]; t += TapsPerVector, p += TapsPerVector * Lanes, w += TapsPerVector * Lanes)
                    sum += WidenToInts(p) * Vector256.Load(w);
                Vector128<int> total = sum.GetLower() + sum.GetUpper() + Vector128.Create(Half);
                total = Vector128.Clamp(total >> FractionBits, Vector128<int>.Zero, Vector128.Create(255));
                destination[to] = (byte)total.GetElement(0);
                if (channels > 1) destination[to + 1] = (byte)total.GetElement(1);
                if (channels > 2) destination[to + 2] = (byte)total.GetElement(2);
                if (channels > 3) destination[to + 3] = (byte)total.GetElement(3);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> WidenToInts(byte* p)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(p)).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }

    /// <summary>Weighted sums of rows; <paramref name="first"/> is which source row comes first in <paramref name="source"/>.</summary>
    public static void Vertical(ReadOnlySpan<byte> source, int rowLength, int first, ResizeWeights weights, int firstRow, int rowCount,
        Span<byte> destination)
    {
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            nint start = (nint)from, end = (nint)to;
            RowBands.Run(rowCount, (long)rowLength * weights.Taps, (begin, count) =>
            {
                for (int row = begin; row < begin + count; row++)
                {
                    int i = firstRow + row;
                    VerticalRow((byte*)start + (long)(weights.First[i] - first) * rowLength, rowLength,
                        weights.Fixed.AsSpan(i * weights.Taps, weights.Count[i]), (byte*)end + (long)row * rowLength);
                }
            });
        }
    }

    // 32 bytes at a time in four accumulators of eight integers; the rest of a row one by one.
    static void VerticalRow(byte* source, int rowLength, ReadOnlySpan<int> weights, byte* destination)
    {
        int x = 0;
        for (; x <= rowLength - Vector256<byte>.Count; x += Vector256<byte>.Count)
        {
            Vector256<int> a = Vector256.Create(Half), b = a, c = a, d = a;
            byte* p = source + x;
            foreach (int weight in weights)
            {
                Vector256<int> w = Vector256.Create(weight);
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(p));
                (Vector256<uint> i0, Vector256<uint> i1) = Vector256.Widen(low);
                (Vector256<uint> i2, Vector256<uint> i3) = Vector256.Widen(high);
                a += i0.AsInt32() * w;
                b += i1.AsInt32() * w;
                c += i2.AsInt32() * w;
                d += i3.AsInt32() * w;
                p += rowLength;
            }
            Vector256<ushort> lower = Vector256.Narrow(Clip(a), Clip(b)), upper = Vector256.Narrow(Clip(c), Clip(d));
            Vector256.Narrow(lower, upper).Store(destination + x);
        }
        for (; x < rowLength; x++)
        {
            int sum = Half;
            byte* p = source + x;
            foreach (int weight in weights)
            {
                sum += *p * weight;
                p += rowLength;
            }
            destination[x] = (byte)Math.Clamp(sum >> FractionBits, 0, 255);
        }
    }

    static Vector256<uint> Clip(Vector256<int> sum) => Vector256.Clamp(sum >> FractionBits, Vector256<int>.Zero, Vector256.Create(255)).AsUInt32();
}
