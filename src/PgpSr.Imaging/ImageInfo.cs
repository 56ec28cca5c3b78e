namespace PgpSr.Imaging;

/// <summary>Size and layout of an image's pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha. Alpha is straight, never premultiplied.</param>
/// <param name="BitDepth">Bits per sample, 8 or 16.</param>
public readonly record struct ImageInfo(int Width, int Height, int Channels, int BitDepth)
{
    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Channels is 2 or 4;

    /// <summary>Channels that are not alpha: 1 or 3.</summary>
    public int ColorChannels => Channels < 3 ? 1 : 3;

    /// <summary>Bytes of one pixel.</summary>
    public int PixelLength => Channels * (BitDepth / 8);

    /// <summary>Bytes of one row.</summary>
    public int RowLength => checked(Width * PixelLength);

    /// <summary>Bytes of the whole picture.</summary>
    public long Length => (long)RowLength * Height;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Height);
        if (Channels is < 1 or > 4)
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, "expected 1 (gray), 2 (gray + alpha), 3 (RGB) or 4 (RGB + alpha)");
        if (BitDepth is not (8 or 16)) throw new ArgumentOutOfRangeException(nameof(BitDepth), BitDepth, "expected 8 or 16");
        if ((long)Width * PixelLength > int.MaxValue) throw new ArgumentOutOfRangeException(nameof(Width), Width, "one row would exceed 2 GiB");
    }
}
