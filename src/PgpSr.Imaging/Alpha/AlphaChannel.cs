using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// Transparent pictures through a model of opaque ones: color is bled into invisible pixels, color and alpha are enlarged apart. Files
/// hold whatever the editor left under alpha 0, most often black, which a model would smear into the visible edge.
/// </summary>
static class AlphaChannel
{
    /// <summary>Whether no pixel is transparent; also true where there is no alpha.</summary>
    public static bool IsOpaque(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!image.HasAlpha) return true;
        int channels = image.Channels;
        if (image.BitDepth == 8)
        {
            ReadOnlySpan<byte> bytes = image.Bytes;
            for (int i = channels - 1; i < bytes.Length; i += channels)
                if (bytes[i] != byte.MaxValue) return false;
            return true;
        }
        ReadOnlySpan<ushort> words = image.Words;
        for (int i = channels - 1; i < words.Length; i += channels)
            if (words[i] != ushort.MaxValue) return false;
        return true;
    }

    /// <summary>The colors alone, bled into invisible pixels, and alpha as a gray picture (null where the picture is opaque).</summary>
    /// <param name="image">With or without alpha.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    public static (Image Color, Image? Alpha) Split(Image image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!image.HasAlpha) return (image, null);
        int colors = image.Info.ColorChannels, sample = image.BitDepth / 8, pixel = image.Info.PixelLength;
        Image source = image;
        Image? alpha = null;
        if (!IsOpaque(image))
        {
            source = new(image.Info);
            image.Bytes.CopyTo(source.Bytes);
            BleedEdges(source, cancellation);
            alpha = new(image.Width, image.Height, 1, image.BitDepth);
        }
        Image color = new(image.Info with { Channels = colors }, image.Metadata);
        for (int y = 0; y < image.Height; y++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> from = source.Row(y);
            Span<byte> to = color.Row(y), mask = alpha is null ? [] : alpha.Row(y);
            for (int i = 0, p = 0; i < from.Length; i += pixel, p++)
            {
                from.Slice(i, colors * sample).CopyTo(to[(p * colors * sample)..]);
                if (alpha is not null) from.Slice(i + colors * sample, sample).CopyTo(mask[(p * sample)..]);
            }
        }
        return (color, alpha);
    }

    /// <summary>Gives pixels of alpha 0 the color of the visible pixels around them, in place. Visible pixels keep theirs.</summary>
    /// <param name="image">With or without alpha.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    public static void BleedEdges(Image image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!image.HasAlpha) return;
        if (image.BitDepth == 8) Bleed(image.Bytes, image.Width, image.Height, image.Channels, cancellation);
        else Bleed(MemoryMarshal.Cast<byte, ushort>(image.Bytes), image.Width, image.Height, image.Channels, cancellation);
    }

    // Colors at a visible edge are the nearest ones as far as a kernel of radius 3 and a rounding reach; beyond, smooth ones do.
    const int ExactDistance = 4;

    // Push and pull (Gortler et al. 1996, section 3.4): each level halves the picture, a pixel being the mean of the visible ones below it, until
    // none is empty; then empty pixels take the colors above them.
    static void Bleed<T>(Span<T> samples, int width, int height, int channels, CancellationToken cancellation)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        int colors = channels - 1;
        List<BleedLevel> levels = [];
        BleedLevel level = new(width, height, colors);
        bool empty = false, any = false;
        for (int p = 0; p < width * height; p++)
        {
            if (p % width == 0) cancellation.ThrowIfCancellationRequested();
            bool visible = samples[p * channels + colors] != T.Zero;
            level.Weight[p] = visible ? (byte)1 : (byte)0;
            empty |= !visible;
            any |= visible;
            for (int c = 0; visible && c < colors; c++) level.Color[p * colors + c] = float.CreateTruncating(samples[p * channels + c]);
        }
        if (!empty || !any) return;
        levels.Add(level);
        for (int i = 0; i < ExactDistance; i++) level.Dilate(cancellation);
        while (level.HasEmpty) levels.Add(level = level.Halve(cancellation));
        for (int i = levels.Count - 2; i >= 0; i--) levels[i].FillFrom(levels[i + 1], cancellation);
        cancellation.ThrowIfCancellationRequested();
        for (int p = 0; p < width * height; p++)
            if (samples[p * channels + colors] == T.Zero)
                for (int c = 0; c < colors; c++) samples[p * channels + c] = T.CreateTruncating(levels[0].Color[p * colors + c] + 0.5f);
    }
}
