using SixLabors.ImageSharp.PixelFormats;

namespace PgpSr.Imaging.ImageSharp;

/// <summary>Pixel formats whose bytes are laid out as this library's pixels are.</summary>
static class PixelLayouts
{
    /// <summary>Channels and bit depth of a format, or null if no layout is the same.</summary>
    public static (int Channels, int BitDepth)? Of<TPixel>()
        where TPixel : unmanaged, IPixel<TPixel>
    {
        Type pixel = typeof(TPixel);
        return pixel == typeof(L8) ? (1, 8)
            : pixel == typeof(La16) ? (2, 8)
            : pixel == typeof(Rgb24) ? (3, 8)
            : pixel == typeof(Rgba32) ? (4, 8)
            : pixel == typeof(L16) ? (1, 16)
            : pixel == typeof(La32) ? (2, 16)
            : pixel == typeof(Rgb48) ? (3, 16)
            : pixel == typeof(Rgba64) ? (4, 16)
            : null;
    }
}
