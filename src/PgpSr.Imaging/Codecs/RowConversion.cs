using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs;

/// <summary>Brings rows into the layout a format can hold: fewer or more bits, alpha laid on a background.</summary>
sealed class RowConversion(ImageInfo source, ImageInfo target, (byte Red, byte Green, byte Blue)? background)
{
    // 65535 = 255 * 257: widening by 257 maps full scale on full scale.
    const int Widening = 257;

    public const string NoAlpha = "the picture is transparent and the format has no alpha; write .png or .tif, or set ImageSaveOptions.Background";

    readonly ushort[] _wide = new ushort[checked(source.Width * source.Channels)];

    public void Convert(ReadOnlySpan<byte> row, Span<byte> destination)
    {
        if (source.BitDepth == 16)
            MemoryMarshal.Cast<byte, ushort>(row).CopyTo(_wide);
        else
            for (int i = 0; i < _wide.Length; i++) _wide[i] = (ushort)(row[i] * Widening);
        ReadOnlySpan<ushort> samples = _wide;
        if (target.Channels != source.Channels) samples = _wide.AsSpan(0, LayOnBackground());
        if (target.BitDepth == 16)
            samples.CopyTo(MemoryMarshal.Cast<byte, ushort>(destination));
        else
            for (int i = 0; i < samples.Length; i++) destination[i] = (byte)((samples[i] + Widening / 2) / Widening);
    }

    // In place: the packed pixel i never lies behind the unpacked one.
    int LayOnBackground()
    {
        int colors = target.Channels;
        Span<ushort> back = stackalloc ushort[3];
        if (background is { } b)
        {
            back[0] = (ushort)(b.Red * Widening);
            back[1] = (ushort)(b.Green * Widening);
            back[2] = (ushort)(b.Blue * Widening);
            // Rec. 601 luma in 1/1000, as for gray everywhere else in this room.
            if (colors == 1) back[0] = (ushort)((b.Red * 299 + b.Green * 587 + b.Blue * 114) * Widening / 1000);
        }
        int to = 0;
        for (int from = 0; from < _wide.Length; from += source.Channels)
        {
            uint alpha = _wide[from + colors];
            if (alpha != ushort.MaxValue && background is null) Throw.Codec(NoAlpha);
            for (int c = 0; c < colors; c++)
            {
                uint sum = (_wide[from + c] * alpha) + (back[c] * (ushort.MaxValue - alpha));
                _wide[to++] = (ushort)((sum + (ushort.MaxValue / 2)) / ushort.MaxValue);
            }
        }
        return to;
    }
}
