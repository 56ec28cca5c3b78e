using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>From samples as stored to samples as this room keeps them: extra channels dropped, white-is-zero turned, alpha made straight.</summary>
static class TiffSamples
{
    public static void Interleave(ReadOnlySpan<byte> plane, int channel, int channels, int sampleLength, Span<byte> destination)
    {
        if (sampleLength == 1)
        {
            for (int i = 0, to = channel; i < plane.Length && to < destination.Length; i++, to += channels)
                destination[to] = plane[i];
            return;
        }
        ReadOnlySpan<ushort> from = MemoryMarshal.Cast<byte, ushort>(plane);
        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(destination);
        for (int i = 0, to = channel; i < from.Length && to < words.Length; i++, to += channels)
            words[to] = from[i];
    }

    public static void Convert(ReadOnlySpan<byte> stored, TiffLayout layout, Span<byte> destination)
    {
        int pixel = layout.Info.PixelLength, storedPixel = layout.StoredChannels * layout.SampleLength;
        if (pixel == storedPixel)
            stored[..destination.Length].CopyTo(destination);
        else
            for (int from = 0, to = 0; to < destination.Length; from += storedPixel, to += pixel)
                stored.Slice(from, pixel).CopyTo(destination[to..]);
        if (layout.WhiteIsZero)
            Invert(destination, layout.Info);
        if (!layout.Premultiplied)
            return;
        if (layout.Info.BitDepth == 8)
            Straighten(destination, layout.Info.Channels);
        else
            Straighten(MemoryMarshal.Cast<byte, ushort>(destination), layout.Info.Channels);
    }

    static void Invert(Span<byte> row, ImageInfo info)
    {
        int sample = info.BitDepth / 8;
        for (int i = 0; i < row.Length; i++)
            if (!info.HasAlpha || i / sample % info.Channels == 0)
                row[i] = (byte)~row[i];
    }

    static void Straighten(Span<byte> row, int channels)
    {
        for (int i = 0; i < row.Length; i += channels)
        {
            int alpha = row[i + channels - 1];
            for (int c = 0; c < channels - 1 && alpha is > 0 and < byte.MaxValue; c++)
                row[i + c] = (byte)Math.Min(byte.MaxValue, (row[i + c] * byte.MaxValue + alpha / 2) / alpha);
        }
    }

    static void Straighten(Span<ushort> row, int channels)
    {
        for (int i = 0; i < row.Length; i += channels)
        {
            uint alpha = row[i + channels - 1];
            for (int c = 0; c < channels - 1 && alpha is > 0 and < ushort.MaxValue; c++)
                row[i + c] = (ushort)Math.Min(ushort.MaxValue, ((uint)row[i + c] * ushort.MaxValue + alpha / 2) / alpha);
        }
    }
}
