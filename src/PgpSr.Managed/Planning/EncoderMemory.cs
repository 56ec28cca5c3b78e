using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>What writing a file takes beside the run.</summary>
/// <param name="Beside">Bytes while rows arrive.</param>
/// <param name="AtEnd">Bytes when the last has come, and the network's memory is gone.</param>
readonly record struct EncoderMemory(long Beside, long AtEnd)
{
    // Blocks that are compressed on eight threads, of PNG 1.5 MB each with what they are filtered to.
    const long Blocks = 16L << 20;

    // Measured for 4 megapixels of noise, the worst there is: 36 bytes a pixel for lossy WebP, 100 with alpha, 131 for lossless WebP.
    const long LossyWebP = 40, OtherWebP = 132;

    /// <summary>Of a result in memory that is not written.</summary>
    public static EncoderMemory None => default;

    /// <summary>Of a file; a format that is not known takes what most do.</summary>
    public static EncoderMemory Of(ImageInfo picture, OutputOptions output)
    {
        if (output.Format != ImageFormat.WebP) return new(Blocks, 0);
        long pixels = (long)picture.Width * picture.Height;
        return new(pixels * (picture.HasAlpha ? 4 : 3), pixels * (picture.HasAlpha || output.Lossless ? OtherWebP : LossyWebP));
    }
}
