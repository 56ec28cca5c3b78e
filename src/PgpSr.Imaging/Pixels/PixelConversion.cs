using System.Numerics;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// Between rows of pixels and floats for networks, interleaved [rows, width, channels]. Works on any number of rows, so that a picture can pass
/// strip by strip. Alpha is left out on the way to floats and left untouched on the way back.
/// </summary>
static class PixelConversion
{
    // Rec. 601 luma in 1/65536, Pillow's rounding of convert("L").
    const int RedWeight = 19595, GreenWeight = 38470, BlueWeight = 7471;

    /// <summary>Rows to interleaved floats. Gray rows fill three channels alike; RGB rows asked for one channel give Rec. 601 luma.</summary>
    /// <param name="rows">Whole rows of the layout <paramref name="info"/> says.</param>
    /// <param name="info">Layout; its height is not looked at.</param>
    /// <param name="range">What black and white become.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="destination">pixels * channels floats.</param>
    public static void ToInterleaved(ReadOnlySpan<byte> rows, ImageInfo info, PixelRange range, int channels, Span<float> destination)
    {
        int pixels = CheckToFloats(rows, info, channels, destination.Length);
        Fill(rows, info, range, channels, pixels, destination);
    }

    static int CheckToFloats(ReadOnlySpan<byte> rows, ImageInfo info, int channels, int length)
    {
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "expected 1 or 3");
        int pixels = rows.Length / info.PixelLength;
        if (rows.Length % info.RowLength != 0) Throw.SpanLength(nameof(rows), (long)(rows.Length / info.RowLength + 1) * info.RowLength, rows.Length);
        if (length != (long)pixels * channels) Throw.SpanLength("destination", (long)pixels * channels, length);
        return pixels;
    }

    static void Fill(ReadOnlySpan<byte> rows, ImageInfo info, PixelRange range, int channels, int pixels, Span<float> destination)
    {
        if (info.BitDepth == 16)
        {
            FillFromWords(MemoryMarshal.Cast<byte, ushort>(rows), info, range, channels, pixels, destination);
            return;
        }
        // 256 values: a table holds the correctly rounded quotients, which multiplying by 1/255 would not give.
        Span<float> table = stackalloc float[256];
        for (int i = 0; i < table.Length; i++) table[i] = ToFloat(i, byte.MaxValue, range);
        int step = info.Channels;
        bool gray = info.ColorChannels == 1;
        if (channels == 1 && !gray)
        {
            for (int p = 0, from = 0; p < pixels; p++, from += step)
                destination[p] =
                    table[(rows[from] * RedWeight + rows[from + 1] * GreenWeight + rows[from + 2] * BlueWeight + 0x8000) >> 16];
            return;
        }
        for (int c = 0; c < channels; c++)
        {
            int from = gray ? 0 : c;
            for (int p = 0, to = c; p < pixels; p++, from += step, to += channels) destination[to] = table[rows[from]];
        }
    }

    static void FillFromWords(ReadOnlySpan<ushort> rows, ImageInfo info, PixelRange range, int channels, int pixels, Span<float> destination)
    {
        int step = info.Channels;
        bool gray = info.ColorChannels == 1;
        if (channels == 1 && !gray)
        {
            for (int p = 0, from = 0; p < pixels; p++, from += step)
            {
                long luma = ((long)rows[from] * RedWeight + (long)rows[from + 1] * GreenWeight + (long)rows[from + 2] * BlueWeight + 0x8000) >> 16;
                destination[p] = ToFloat((int)luma, ushort.MaxValue, range);
            }
            return;
        }
        for (int c = 0; c < channels; c++)
        {
            int from = gray ? 0 : c;
            for (int p = 0, to = c; p < pixels; p++, from += step, to += channels)
                destination[to] = ToFloat(rows[from], ushort.MaxValue, range);
        }
    }

    static float ToFloat(int value, int max, PixelRange range)
    {
        float unit = (float)value / max;
        return range == PixelRange.ZeroToOne ? unit : unit * 2 - 1;
    }

    /// <summary>Interleaved floats to rows, clamped. One channel fills RGB alike; three channels do not go into gray rows.</summary>
    /// <param name="source">pixels * channels floats.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="range">What black and white are.</param>
    /// <param name="rounding">How halves and fractions are treated.</param>
    /// <param name="info">Layout of the rows; its height is not looked at.</param>
    /// <param name="rows">Whole rows.</param>
    public static void FromInterleaved(ReadOnlySpan<float> source, int channels, PixelRange range, PixelRounding rounding, ImageInfo info,
        Span<byte> rows)
    {
        int pixels = CheckFromFloats(source.Length, channels, info, rows.Length);
        Span<float> block = stackalloc float[Block];
        int colors = info.ColorChannels;
        // Without alpha and with as many channels, the samples of both sides follow each other alike.
        if (channels == info.Channels)
        {
            for (int at = 0; at < source.Length; at += Block)
            {
                ReadOnlySpan<float> part = source.Slice(at, Math.Min(Block, source.Length - at));
                Quantize(part, range, rounding, info.BitDepth, block);
                Store(block[..part.Length], info.BitDepth, rows, at, 1);
            }
            return;
        }
        for (int p = 0; p < pixels; p += Block)
        {
            int count = Math.Min(Block, pixels - p);
            for (int c = 0; c < colors; c++)
            {
                for (int i = 0; i < count; i++) block[i] = source[(p + i) * channels + (channels == 1 ? 0 : c)];
                Quantize(block[..count], range, rounding, info.BitDepth, block);
                Store(block[..count], info.BitDepth, rows, p * info.Channels + c, info.Channels);
            }
        }
    }

    const int Block = 1024;

    static int CheckFromFloats(int length, int channels, ImageInfo info, int rowsLength)
    {
        if (channels is not (1 or 3) || channels > info.ColorChannels)
            throw new ArgumentOutOfRangeException(nameof(channels), channels, $"expected 1 or {info.ColorChannels}");
        if (rowsLength % info.RowLength != 0) Throw.SpanLength("rows", (long)(rowsLength / info.RowLength + 1) * info.RowLength, rowsLength);
        int pixels = rowsLength / info.PixelLength;
        if (length != (long)pixels * channels) Throw.SpanLength("source", (long)pixels * channels, length);
        return pixels;
    }

    // Whole numbers in 0..max, still as floats; NaN becomes 0.
    static void Quantize(ReadOnlySpan<float> source, PixelRange range, PixelRounding rounding, int bitDepth, Span<float> destination)
    {
        float max = (1 << bitDepth) - 1;
        int i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> x = new(source[i..]);
            if (range == PixelRange.MinusOneToOne) x = x * new Vector<float>(0.5f) + new Vector<float>(0.5f);
            x = Vector.ConditionalSelect(Vector.Equals(x, x), x, Vector<float>.Zero);
            x = Vector.Min(Vector.Max(x, Vector<float>.Zero), Vector<float>.One) * new Vector<float>(max);
            (rounding == PixelRounding.Nearest ? Vector.Round(x) : Vector.Truncate(x)).CopyTo(destination[i..]);
        }
        for (; i < source.Length; i++)
        {
            float x = range == PixelRange.MinusOneToOne ? source[i] * 0.5f + 0.5f : source[i];
            x = float.IsNaN(x) ? 0 : Math.Clamp(x, 0, 1) * max;
            destination[i] = rounding == PixelRounding.Nearest ? MathF.Round(x) : MathF.Truncate(x);
        }
    }

    static void Store(ReadOnlySpan<float> values, int bitDepth, Span<byte> rows, int first, int step)
    {
        if (bitDepth == 8)
        {
            for (int i = 0; i < values.Length; i++, first += step) rows[first] = (byte)values[i];
            return;
        }
        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(rows);
        for (int i = 0; i < values.Length; i++, first += step) words[first] = (ushort)values[i];
    }
}
