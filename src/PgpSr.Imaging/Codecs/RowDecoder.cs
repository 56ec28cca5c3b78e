using PgpSr.Imaging.Codecs.Bmp;
using PgpSr.Imaging.Codecs.Gif;
using PgpSr.Imaging.Codecs.Jpeg;
using PgpSr.Imaging.Codecs.Png;
using PgpSr.Imaging.Codecs.Tga;
using PgpSr.Imaging.Codecs.Tiff;
using PgpSr.Imaging.Codecs.WebP;

namespace PgpSr.Imaging.Codecs;

/// <summary>One open file being decoded top to bottom. Reads headers and metadata when made, pixels on demand.</summary>
abstract class RowDecoder : IDisposable
{
    public abstract ImageFormat Format { get; }

    /// <summary>Layout of the rows as decoded, before orientation.</summary>
    public ImageInfo Info { get; protected init; }

    public ImageMetadata Metadata { get; } = new();

    public ImageOrientation Orientation { get; protected init; } = ImageOrientation.TopLeft;

    /// <summary>Whether rows are decoded as they are asked for; otherwise all rows are asked for at once.</summary>
    public abstract bool Streams { get; }

    public abstract void ReadRows(Span<byte> destination, int rowCount);

    public static RowDecoder Create(ImageFormat format, Stream stream, ImageLimits limits) => format switch
    {
        ImageFormat.Png => new PngDecoder(stream, limits),
        ImageFormat.Jpeg => new JpegDecoder(stream, limits),
        ImageFormat.Tiff => new TiffDecoder(stream, limits),
        ImageFormat.Bmp => new BmpDecoder(stream, limits),
        ImageFormat.Tga => new TgaDecoder(stream, limits),
        ImageFormat.Gif => new GifDecoder(stream, limits),
        ImageFormat.WebP => new WebPDecoder(ImageFormats.WebP!, stream, limits),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    public virtual void Dispose()
    {
    }
}
