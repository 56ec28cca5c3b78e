using PgpSr.Imaging.Codecs.Jpeg;
using PgpSr.Imaging.Codecs.Png;
using PgpSr.Imaging.Codecs.Tiff;
using PgpSr.Imaging.Codecs.WebP;

namespace PgpSr.Imaging.Codecs;

/// <summary>One file being written top to bottom, in the layout <see cref="Layout"/> says.</summary>
abstract class RowEncoder : IDisposable
{
    /// <summary>Blocks of rows that are compressed at once, at most: eight threads keep up with any network, and memory budgets count on it (EncoderMemory).</summary>
    protected const int MostInFlight = 8;

    /// <summary>What a format makes of a picture: alpha dropped where it has none, depth lowered where it has only 8 bits.</summary>
    public static ImageInfo Layout(ImageFormat format, ImageInfo image, ImageSaveOptions options) => format switch
    {
        ImageFormat.Jpeg => image with { Channels = image.ColorChannels, BitDepth = 8 },
        ImageFormat.WebP => image with { BitDepth = 8 },
        _ => image with { BitDepth = options.BitDepth ?? image.BitDepth },
    };

    public abstract void WriteRows(ReadOnlySpan<byte> rows);

    public abstract void Complete();

    public static RowEncoder Create(ImageFormat format, Stream stream, ImageInfo layout, ImageMetadata metadata, ImageSaveOptions options) =>
        format switch
        {
            ImageFormat.Png => new PngEncoder(stream, layout, metadata, options),
            ImageFormat.Jpeg => new JpegEncoder(stream, layout, metadata, options),
            ImageFormat.Tiff => new TiffEncoder(stream, layout, metadata, options),
            ImageFormat.WebP when ImageFormats.WebP is { } codec => new WebPEncoder(codec, stream, layout, metadata, options),
            ImageFormat.WebP => Throw.Codec<RowEncoder>("writing WebP needs the package PgpSr.Imaging.WebP; call its WebP.Register()"),
            _ => Throw.Codec<RowEncoder>($"{format.ToString().ToUpperInvariant()} can be read but not written; use {ImageFormats.WrittenExtensions}"),
        };

    public virtual void Dispose()
    {
    }
}
