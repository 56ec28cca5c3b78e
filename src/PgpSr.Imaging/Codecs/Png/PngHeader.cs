using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Png;


/// <summary>IHDR.</summary>
readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    public const int Length = 13;

    public int Samples => ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GrayAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    public int BitsPerPixel => Samples * BitDepth;

    /// <summary>Distance in bytes to the "left" byte of the row filters, at least 1 (9.2).</summary>
    public int FilterStride => (BitsPerPixel + 7) / 8;

    public long RowLength(int width) => ((long)width * BitsPerPixel + 7) / 8;

    public static PngHeader Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length != Length) Throw.Codec($"chunk IHDR has {data.Length} bytes instead of {Length}");
        PngHeader header = new(
            (int)BinaryPrimitives.ReadUInt32BigEndian(data),
            (int)BinaryPrimitives.ReadUInt32BigEndian(data[4..]),
            data[8],
            (PngColorType)data[9],
            data[12] != 0);
        bool depthFits = header.ColorType switch
        {
            PngColorType.Gray => header.BitDepth is 1 or 2 or 4 or 8 or 16,
            PngColorType.Palette => header.BitDepth is 1 or 2 or 4 or 8,
            PngColorType.Rgb or PngColorType.GrayAlpha or PngColorType.Rgba => header.BitDepth is 8 or 16,
            _ => Throw.Codec<bool>($"chunk IHDR has color type {data[9]}, which does not exist"),
        };
        if (!depthFits) Throw.Codec($"chunk IHDR combines color type {data[9]} with {data[8]} bits, which PNG does not allow");
        if (data[10] != 0 || data[11] != 0 || data[12] > 1)
            Throw.Codec("chunk IHDR names a compression, filter or interlace method that does not exist");
        return header;
    }
}
