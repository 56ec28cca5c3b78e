using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>One of the pictures being compared.</summary>
/// <param name="Label">What the sheet calls it.</param>
/// <param name="Width">Its own columns.</param>
/// <param name="Height">Its own rows.</param>
/// <param name="Shown">8-bit RGB at the size all are compared at; what is transparent lies on gray.</param>
sealed record ComparedPicture(string Label, int Width, int Height, Image Shown)
{
    // Middle gray: neither dark nor bright subjects vanish on it.
    static readonly (byte Red, byte Green, byte Blue) s_background = (128, 128, 128);

    // Sides that were rounded to whole pixels differ by less than this part.
    const double AspectTolerance = 0.02;

    /// <summary>Brings pictures to the size of the largest: smaller ones are enlarged by bicubic interpolation.</summary>
    /// <exception cref="CommandException">The pictures have different aspect ratios.</exception>
    public static IReadOnlyList<ComparedPicture> Align(IReadOnlyList<(string Label, Image Image)> pictures)
    {
        (string label, Image largest) = pictures.MaxBy(p => (long)p.Image.Width * p.Image.Height);
        foreach ((string other, Image image) in pictures)
            if (Math.Abs((double)image.Width / image.Height * largest.Height / largest.Width - 1) > AspectTolerance)
                Throw.Usage(
                    $"{other} has {image.Width}x{image.Height} pixels, {label} {largest.Width}x{largest.Height}: "
                    + "pictures of different shape cannot be compared");
        return [.. pictures.Select(p => new ComparedPicture(p.Label, p.Image.Width, p.Image.Height, Plain(p.Image, largest.Width, largest.Height)))];
    }

    static Image Plain(Image image, int width, int height)
    {
        if (image.Width != width || image.Height != height) image = Resizer.Resize(image, width, height, ResizeFilter.Bicubic);
        if (image is { Channels: 3, BitDepth: 8 }) return image;
        Image plain = new(width, height, 3);
        int step = image.Channels;
        for (int y = 0; y < height; y++)
        {
            Span<byte> to = plain.Row(y);
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                {
                    int pixel = (y * width + x) * step;
                    int value = Sample(image, pixel + (step < 3 ? 0 : c)), alpha = image.HasAlpha ? Sample(image, pixel + step - 1) : byte.MaxValue;
                    int back = c == 0 ? s_background.Red : c == 1 ? s_background.Green : s_background.Blue;
                    to[x * 3 + c] = (byte)((value * alpha + back * (byte.MaxValue - alpha) + byte.MaxValue / 2) / byte.MaxValue);
                }
        }
        return plain;
    }

    // Upper byte of 16-bit samples, rounded: 65535 = 255 * 257.
    static int Sample(Image image, int index) => image.BitDepth == 8 ? image.Bytes[index] : (image.Words[index] + 128) / 257;
}
