using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>What a page's samples mean.</summary>
enum TiffModel
{
    Gray,
    Rgb,
    Palette,
    Cmyk,

    /// <summary>CIE L*a*b* with signed a* and b* (TIFF 6.0, section 23).</summary>
    Lab,

    /// <summary>CIE L*a*b* as ICC profiles store it, a* and b* with an offset (TIFF technical note 4).</summary>
    IccLab,

    YCbCr,
}

/// <summary>From unpacked samples of any color model to samples as this room keeps them.</summary>
sealed class TiffColors(TiffLayout layout)
{
    readonly int _stored = layout.StoredChannels;
    readonly int _colors = layout.StoredColors;
    readonly uint _largest = (1u << layout.Bits) - 1;
    readonly TiffLab? _lab = layout.Model is TiffModel.Lab or TiffModel.IccLab ? new(layout) : null;

    /// <summary>One row: samples of 8 or 16 bits in, interleaved, all of the file's; the layout's out.</summary>
    public void Convert(ReadOnlySpan<byte> samples, Span<byte> destination)
    {
        if (layout.SampleLength == 1)
            Convert(samples, destination, MemoryMarshal.Cast<byte, ushort>(destination), wide: false);
        else
            Convert(MemoryMarshal.Cast<byte, ushort>(samples), destination, MemoryMarshal.Cast<byte, ushort>(destination),
                wide: layout.Info.BitDepth == 16);
    }

    void Convert<T>(ReadOnlySpan<T> samples, Span<byte> bytes, Span<ushort> words, bool wide) where T : struct
    {
        int channels = layout.Info.Channels, top = wide ? ushort.MaxValue : byte.MaxValue;
        Span<uint> pixel = stackalloc uint[TiffLayout.MaxChannels];
        for (int x = 0; x < layout.Info.Width; x++)
        {
            for (int c = 0; c < _stored; c++)
                pixel[c] = typeof(T) == typeof(byte)
                    ? (byte)(object)samples[x * _stored + c]
                    : (ushort)(object)samples[x * _stored + c];
            uint alpha = layout.Info.HasAlpha ? pixel[_colors] : _largest;
            if (layout.Premultiplied && alpha > 0 && alpha < _largest)
                for (int c = 0; c < _colors; c++) pixel[c] = Math.Min(_largest, (pixel[c] * _largest + alpha / 2) / alpha);
            ToColor(pixel, (uint)top);
            if (layout.Info.HasAlpha) pixel[channels - 1] = Scale(alpha, (uint)top);
            for (int c = 0; c < channels; c++)
                if (wide) words[x * channels + c] = (ushort)pixel[c];
                else bytes[x * channels + c] = (byte)pixel[c];
        }
    }

    uint Scale(uint sample, uint top) => _largest == top ? sample : (uint)(((ulong)sample * top + _largest / 2) / _largest);

    void ToColor(Span<uint> pixel, uint top)
    {
        switch (layout.Model)
        {
            case TiffModel.Palette:
                // Entries of 16 bits, all reds first; files with 8-bit entries exist.
                int entries = layout.Palette.Length / 3, index = (int)pixel[0];
                for (int c = 0; c < 3; c++) pixel[c] = (uint)layout.Palette[c * entries + index] >> layout.PaletteShift;
                break;
            case TiffModel.Cmyk:
                for (int c = 0; c < 3; c++) pixel[c] = (uint)(((ulong)(_largest - pixel[c]) * (_largest - pixel[3]) + _largest / 2) / _largest);
                break;
            case TiffModel.Lab or TiffModel.IccLab:
                _lab!.ToRgb(pixel, top);
                break;
            case TiffModel.YCbCr:
                FromYCbCr(pixel);
                break;
            default:
                for (int c = 0; c < _colors; c++) pixel[c] = Scale(layout.WhiteIsZero ? _largest - pixel[c] : pixel[c], top);
                break;
        }
    }

    void FromYCbCr(Span<uint> pixel)
    {
        ReadOnlySpan<float> range = layout.ReferenceBlackWhite, weights = layout.LumaWeights;
        double y = (pixel[0] - (double)range[0]) * 255 / (range[1] - range[0]);
        double blue = (pixel[1] - (double)range[2]) * 127 / (range[3] - range[2]), red = (pixel[2] - (double)range[4]) * 127 / (range[5] - range[4]);
        double r = y + red * (2 - 2 * weights[0]), b = y + blue * (2 - 2 * weights[2]);
        double g = (y - weights[0] * r - weights[2] * b) / weights[1];
        (pixel[0], pixel[1], pixel[2]) = (Byte(r), Byte(g), Byte(b));
    }

    static uint Byte(double value) => (uint)Math.Clamp(value + 0.5, 0, 255);
}
