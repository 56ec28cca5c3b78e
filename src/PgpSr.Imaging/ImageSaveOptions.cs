namespace PgpSr.Imaging;

/// <summary>How an image is written.</summary>
public sealed record ImageSaveOptions
{
    /// <summary>The default options.</summary>
    public static ImageSaveOptions Default { get; } = new();

    /// <summary>The format; null takes it from the file's extension.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>
    /// Quality of JPEG and of lossy WebP, 1 to 100. From 90 on JPEG does not subsample color (4:4:4); lossy WebP always does. Default 95.
    /// </summary>
    public int JpegQuality { get; init; } = 95;

    /// <summary>Whether WebP is lossless. PNG and TIFF always are, JPEG never is.</summary>
    public bool Lossless { get; init; }

    /// <summary>Bits per sample written, 8 or 16; null keeps the image's. JPEG and WebP always write 8.</summary>
    public int? BitDepth { get; init; }

    /// <summary>
    /// Color (R, G, B in 0..255) on which transparent pixels are laid where the format has no alpha. Null refuses to write a transparent picture to
    /// such a format, so that alpha is never lost silently.
    /// </summary>
    public (byte Red, byte Green, byte Blue)? Background { get; init; }

    /// <summary>Trades speed for size in PNG and TIFF. Default <see cref="CompressionEffort.Balanced"/>.</summary>
    public CompressionEffort Effort { get; init; } = CompressionEffort.Balanced;

    /// <summary>Whether ICC, EXIF, XMP, resolution and text are written. Default true.</summary>
    public bool WriteMetadata { get; init; } = true;
}
