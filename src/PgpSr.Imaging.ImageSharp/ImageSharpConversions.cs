using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PgpSr.Imaging.ImageSharp;

/// <summary>Converts between <see cref="PgpSr.Imaging.Image"/> and ImageSharp's <see cref="Image{TPixel}"/>.</summary>
public static class ImageSharpConversions
{
    /// <summary>
    /// A copy as this library's picture, with ICC, EXIF, XMP and resolution. The eight plain formats keep their layout; every other one goes through
    /// <see cref="Rgba64"/> where it holds more than 8 bits a sample, else through <see cref="Rgba32"/>. Of an animation the first frame.
    /// </summary>
    public static Imaging.Image ToPgpSr<TPixel>(this Image<TPixel> image)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(image);
        if (PixelLayouts.Of<TPixel>() is not { } layout)
        {
            // 32 bits a pixel are four samples of 8; formats with more hold wider ones.
            const int PlainBits = 32;
            if (image.PixelType.BitsPerPixel > PlainBits)
            {
                using Image<Rgba64> wide = image.CloneAs<Rgba64>();
                return wide.ToPgpSr();
            }
            using Image<Rgba32> plain = image.CloneAs<Rgba32>();
            return plain.ToPgpSr();
        }
        Imaging.Image copy = new(image.Width, image.Height, layout.Channels, layout.BitDepth,
            MetadataConversions.FromImageSharp(image.Metadata, image.Frames.RootFrame.Metadata));
        image.CopyPixelDataTo(copy.Bytes);
        return copy;
    }

    /// <summary>A copy in any pixel format.</summary>
    public static Image<TPixel> ToImageSharp<TPixel>(this Imaging.Image image)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(image);
        return (image.Channels, image.BitDepth) switch
        {
            (1, 8) => Convert<L8, TPixel>(image),
            (2, 8) => Convert<La16, TPixel>(image),
            (3, 8) => Convert<Rgb24, TPixel>(image),
            (4, 8) => Convert<Rgba32, TPixel>(image),
            (1, _) => Convert<L16, TPixel>(image),
            (2, _) => Convert<La32, TPixel>(image),
            (3, _) => Convert<Rgb48, TPixel>(image),
            _ => Convert<Rgba64, TPixel>(image),
        };
    }

    static Image<TPixel> Convert<TLayout, TPixel>(Imaging.Image image)
        where TLayout : unmanaged, IPixel<TLayout>
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using Image<TLayout> view = image.AsImageSharp<TLayout>();
        return view.CloneAs<TPixel>();
    }

    /// <summary>A view that shares the picture's memory; the picture must outlive it.</summary>
    /// <exception cref="ArgumentException">The pixel format's layout is not the picture's.</exception>
    public static Image<TPixel> AsImageSharp<TPixel>(this Imaging.Image image)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(image);
        if (PixelLayouts.Of<TPixel>() != (image.Channels, image.BitDepth))
        {
            throw new ArgumentException(
                $"{typeof(TPixel).Name} is not the layout of {image.Channels} channels of {image.BitDepth} bits; use ToImageSharp", nameof(image));
        }
        Image<TPixel> view = SixLabors.ImageSharp.Image.WrapMemory<TPixel>(image.Memory, image.Width, image.Height);
        MetadataConversions.ToImageSharp(image.Metadata, view.Metadata);
        return view;
    }
}
