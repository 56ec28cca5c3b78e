using System.Numerics;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Row filters (W3C PNG 3rd edition, 9.2). Undoing runs along the row; applying is free of such chains and vectorised.</summary>
static class PngFilters
{
    public const int None = 0, Sub = 1, Up = 2, Average = 3, Paeth = 4;

    /// <summary>Undoes a filter in place; <paramref name="above"/> is the finished row before.</summary>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        switch (filter)
        {
            case None:
                break;
            case Sub:
                for (int i = stride; i < row.Length; i++) row[i] += row[i - stride];
                break;
            case Up:
                Add(row, above);
                break;
            case Average:
                for (int i = 0; i < Math.Min(stride, row.Length); i++) row[i] += (byte)(above[i] >> 1);
                for (int i = stride; i < row.Length; i++) row[i] += (byte)((row[i - stride] + above[i]) >> 1);
                break;
            case Paeth:
                UndoPaeth(row, above, stride);
                break;
            default:
                Throw.Codec($"a row has filter {filter}, which does not exist");
                break;
        }
    }

    static void Add(Span<byte> row, ReadOnlySpan<byte> above)
    {
        int i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(row[i..]) + new Vector<byte>(above[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++) row[i] += above[i];
    }

    // One chain per byte of the pixel, each with its left and upper left neighbor in registers: 3 to 4 chains run beside each other.
    static void UndoPaeth(Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        above = above[..row.Length];
        if (stride == 3 && row.Length % 3 == 0)
        {
            int a0 = 0, a1 = 0, a2 = 0, c0 = 0, c1 = 0, c2 = 0;
            for (int i = 0; i + 2 < row.Length; i += 3)
            {
                int b0 = above[i], b1 = above[i + 1], b2 = above[i + 2];
                row[i] = (byte)(a0 = (row[i] + Predict(a0, b0, c0)) & 0xFF);
                row[i + 1] = (byte)(a1 = (row[i + 1] + Predict(a1, b1, c1)) & 0xFF);
                row[i + 2] = (byte)(a2 = (row[i + 2] + Predict(a2, b2, c2)) & 0xFF);
                (c0, c1, c2) = (b0, b1, b2);
            }
            return;
        }
        for (int i = 0; i < Math.Min(stride, row.Length); i++) row[i] += above[i];
        for (int i = stride; i < row.Length; i++) row[i] += (byte)Predict(row[i - stride], above[i], above[i - stride]);
    }

    // The neighbor nearest to left + above - upper left; ties prefer left, then above.
    static int Predict(int left, int above, int upperLeft)
    {
        int toLeft = Math.Abs(above - upperLeft), toAbove = Math.Abs(left - upperLeft), toUpperLeft = Math.Abs(left + above - upperLeft - upperLeft);
        int nearest = toAbove <= toUpperLeft ? above : upperLeft;
        return toLeft <= Math.Min(toAbove, toUpperLeft) ? left : nearest;
    }

    /// <summary>
    /// Applies a filter. Both rows carry <paramref name="stride"/> zero bytes before their first pixel, so that every "left" neighbor exists; the
    /// spans begin behind them in memory order at index <paramref name="stride"/>.
    /// </summary>
    public static void Apply(int filter, ReadOnlySpan<byte> paddedRow, ReadOnlySpan<byte> paddedAbove, int stride, Span<byte> destination)
    {
        ReadOnlySpan<byte> x = paddedRow[stride..], a = paddedRow[..x.Length], b = paddedAbove[stride..], c = paddedAbove[..x.Length];
        destination = destination[..x.Length];
        int width = Vector<byte>.Count, i = 0;
        switch (filter)
        {
            case None:
                x.CopyTo(destination);
                break;
            case Sub:
            case Up:
                ReadOnlySpan<byte> other = filter == Sub ? a : b;
                for (; i <= x.Length - width; i += width) (new Vector<byte>(x[i..]) - new Vector<byte>(other[i..])).CopyTo(destination[i..]);
                for (; i < x.Length; i++) destination[i] = (byte)(x[i] - other[i]);
                break;
            case Average:
                for (; i <= x.Length - width; i += width)
                {
                    Vector<byte> va = new(a[i..]), vb = new(b[i..]);
                    // floor((a + b) / 2) without a ninth bit.
                    Vector<byte> half = (va & vb) + (((va ^ vb) >>> 1) & new Vector<byte>(0x7F));
                    (new Vector<byte>(x[i..]) - half).CopyTo(destination[i..]);
                }
                for (; i < x.Length; i++) destination[i] = (byte)(x[i] - ((a[i] + b[i]) >> 1));
                break;
            case Paeth:
                for (; i <= x.Length - width; i += width)
                {
                    Vector.Widen(new Vector<byte>(a[i..]), out Vector<ushort> a0, out Vector<ushort> a1);
                    Vector.Widen(new Vector<byte>(b[i..]), out Vector<ushort> b0, out Vector<ushort> b1);
                    Vector.Widen(new Vector<byte>(c[i..]), out Vector<ushort> c0, out Vector<ushort> c1);
                    Vector<byte> prediction = Vector.Narrow(
                        Predict(a0.As<ushort, short>(), b0.As<ushort, short>(), c0.As<ushort, short>()).As<short, ushort>(),
                        Predict(a1.As<ushort, short>(), b1.As<ushort, short>(), c1.As<ushort, short>()).As<short, ushort>());
                    (new Vector<byte>(x[i..]) - prediction).CopyTo(destination[i..]);
                }
                for (; i < x.Length; i++) destination[i] = (byte)(x[i] - Predict(a[i], b[i], c[i]));
                break;
        }
    }

    static Vector<short> Predict(Vector<short> left, Vector<short> above, Vector<short> upperLeft)
    {
        Vector<short> p = above - upperLeft, q = left - upperLeft;
        Vector<short> toLeft = Vector.Abs(p), toAbove = Vector.Abs(q), toUpperLeft = Vector.Abs(p + q);
        Vector<short> nearest = Vector.ConditionalSelect(Vector.LessThanOrEqual(toAbove, toUpperLeft), above, upperLeft);
        return Vector.ConditionalSelect(Vector.LessThanOrEqual(toLeft, Vector.Min(toAbove, toUpperLeft)), left, nearest);
    }

    /// <summary>Sum of the bytes' distances from zero as signed numbers: the usual guess at how well a filtered row will compress (PNG
    /// 12.7).</summary>
    public static long Cost(ReadOnlySpan<byte> filtered)
    {
        long cost = 0;
        ReadOnlySpan<Vector<sbyte>> vectors = MemoryMarshal.Cast<byte, Vector<sbyte>>(filtered);
        // 128 sums of at most 2 * 128 each stay below 65536.
        for (int i = 0; i < vectors.Length;)
        {
            Vector<ushort> sum = Vector<ushort>.Zero;
            for (int end = Math.Min(vectors.Length, i + 128); i < end; i++)
            {
                Vector.Widen(Vector.Abs(vectors[i]).As<sbyte, byte>(), out Vector<ushort> low, out Vector<ushort> high);
                sum += low + high;
            }
            Vector.Widen(sum, out Vector<uint> low32, out Vector<uint> high32);
            cost += Vector.Sum(low32 + high32);
        }
        for (int i = vectors.Length * Vector<byte>.Count; i < filtered.Length; i++) cost += Math.Abs((int)(sbyte)filtered[i]);
        return cost;
    }
}
