namespace PgpSr.Imaging;

/// <summary>Limits for files. They are checked when the headers are read, before anything is allocated.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Most columns. Default 2^20.</summary>
    public int MaxWidth { get; init; } = 1 << 20;

    /// <summary>Most rows. Default 2^20.</summary>
    public int MaxHeight { get; init; } = 1 << 20;

    /// <summary>Most pixels. Default 2^30, room for a 30000x20000 picture.</summary>
    public long MaxPixels { get; init; } = 1L << 30;

    /// <summary>
    /// Most bytes of ICC, EXIF, XMP and text together, after inflating. Default 64 MiB: the largest published ICC profiles take a few MiB.
    /// </summary>
    public int MaxMetadataBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Most decoded bytes per byte of a compressed file. Default 1100: DEFLATE cannot expand more than 1032 times (RFC 1951: 258 bytes out of two
    /// bits), so a file that promises more is truncated or hostile.
    /// </summary>
    public int MaxInflateRatio { get; init; } = 1100;

    /// <summary>Most bytes buffered from a stream that cannot seek or is read asynchronously. Default 1 GiB.</summary>
    public int MaxBufferedStreamBytes { get; init; } = 1 << 30;

    internal void CheckSize(long width, long height)
    {
        if (width <= 0 || height <= 0) Throw.Codec($"the header says {width}x{height} pixels; both sides must be at least 1");
        if (width > MaxWidth || height > MaxHeight)
        {
            Throw.Codec($"{width}x{height} pixels exceed the limit of {MaxWidth}x{MaxHeight}; "
                + "raise ImageLimits.MaxWidth or MaxHeight if the file is trusted");
        }
        if (width * height > MaxPixels)
            Throw.Codec($"{width}x{height} pixels exceed the limit of {MaxPixels} pixels; raise ImageLimits.MaxPixels if the file is trusted");
    }

    internal void CheckRatio(long decodedBytes, long compressedBytes)
    {
        if (decodedBytes / MaxInflateRatio > compressedBytes)
            Throw.Codec($"{compressedBytes} compressed bytes cannot hold the {decodedBytes} bytes that the header promises " +
                $"(more than {MaxInflateRatio} to 1); the file is truncated or hostile");
    }
}
