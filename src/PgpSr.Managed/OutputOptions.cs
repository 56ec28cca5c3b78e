using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>How a result file is written.</summary>
public sealed record OutputOptions
{
    /// <summary>The defaults.</summary>
    public static OutputOptions Default { get; } = new();

    /// <summary>The format; null takes it from the destination's extension.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Quality of JPEG and lossy WebP, 1 to 100.</summary>
    public int Quality { get; init; } = 95;

    /// <summary>Whether WebP is lossless.</summary>
    public bool Lossless { get; init; }

    /// <summary>Bits per sample, 8 or 16; null keeps the source's.</summary>
    public int? BitDepth { get; init; }

    /// <summary>Trades speed for size, in PNG and TIFF.</summary>
    public CompressionEffort Effort { get; init; } = CompressionEffort.Balanced;

    /// <summary>Background color (R, G, B in 0..255) if the format has no alpha; null refuses to write transparent pixels to such a format.</summary>
    public (byte Red, byte Green, byte Blue)? Background { get; init; }

    /// <summary>Whether the file records the model, settings and seed that produced it.</summary>
    public bool Provenance { get; init; } = true;

    /// <summary>Whether ICC profile, EXIF, XMP, resolution and texts of the source are kept.</summary>
    public bool Metadata { get; init; } = true;

    /// <summary>Limits for the source file.</summary>
    public ImageLimits? Limits { get; init; }

    internal ImageSaveOptions ToSaveOptions() => new()
    {
        Format = Format,
        JpegQuality = Quality,
        Lossless = Lossless,
        BitDepth = BitDepth,
        Background = Background,
        Effort = Effort,
    };
}
