using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>How a result file is written.</summary>
public sealed record OutputOptions
{
    /// <summary>The options used where none are given.</summary>
    public static OutputOptions Default { get; } = new();

    /// <summary>The format; null takes it from the destination's extension.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Quality of JPEG and lossy WebP, 1 to 100.</summary>
    public int Quality { get; init; } = 95;

    /// <summary>Whether WebP is written without loss.</summary>
    public bool Lossless { get; init; }

    /// <summary>Bits per sample, 8 or 16; null keeps the source's.</summary>
    public int? BitDepth { get; init; }

    /// <summary>Speed against size of PNG and TIFF.</summary>
    public CompressionEffort Effort { get; init; } = CompressionEffort.Balanced;

    /// <summary>Color (R, G, B in 0..255) under transparent pixels where the format has no alpha; null refuses such a format.</summary>
    public (byte Red, byte Green, byte Blue)? Background { get; init; }

    /// <summary>Whether the file says by which model, with which settings and which seed it was made.</summary>
    public bool Provenance { get; init; } = true;

    /// <summary>Whether ICC, EXIF, XMP, resolution and texts of the source are carried along.</summary>
    public bool Metadata { get; init; } = true;

    /// <summary>What the source file may ask for.</summary>
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
