using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using Pixels = SixLabors.ImageSharp.Image;

namespace PgpSr.Imaging.WebP;

/// <summary>Frames of WebP by ImageSharp, which sees no metadata, no animation, and no size that was not checked.</summary>
sealed class WebPCodec : IWebPCodec
{
    // WebP alone: what reaches for nothing else needs nothing kept for Native AOT. The memory of a large picture goes back at once.
    static readonly Configuration s_webp = new(new WebpConfigurationModule()) { MemoryAllocator = new SimpleGcMemoryAllocator() };

    // libwebp's default.
    const int LosslessEffort = 75;

    public void Decode(byte[] file, ImageInfo info, Span<byte> pixels)
    {
        if (info.HasAlpha) Decode<Rgba32>(file, info, pixels);
        else Decode<Rgb24>(file, info, pixels);
    }

    static void Decode<TPixel>(byte[] file, ImageInfo info, Span<byte> pixels)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using Image<TPixel> image = Pixels.Load<TPixel>(s_webp, file, new WebpDecoder { IgnoreMetadata = true });
        if (image.Width != info.Width || image.Height != info.Height)
            throw new InvalidDataException($"{image.Width}x{image.Height} pixels came out of a frame of {info.Width}x{info.Height}");
        image.CopyPixelDataTo(pixels[..(int)info.Length]);
    }

    public byte[] Encode(Image image, int? quality) => image.HasAlpha ? Encode<Rgba32>(image, quality) : Encode<Rgb24>(image, quality);

    static byte[] Encode<TPixel>(Image image, int? quality)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        WebpEncoder encoder = new()
        {
            FileFormat = quality is null ? WebpFileFormatType.Lossless : WebpFileFormatType.Lossy,
            // Of VP8L it is the effort.
            Quality = quality ?? LosslessEffort,
            // Color under transparent pixels is the picture's own.
            TransparentColorMode = WebpTransparentColorMode.Preserve,
        };
        using Image<TPixel> view = Pixels.WrapMemory<TPixel>(s_webp, image.Memory, image.Width, image.Height);
        using MemoryStream file = new();
        view.Save(file, encoder);
        return file.ToArray();
    }
}
