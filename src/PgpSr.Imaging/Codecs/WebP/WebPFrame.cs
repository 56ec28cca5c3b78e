using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>One coded picture: VP8 with or without a plane of alpha, or VP8L.</summary>
/// <param name="Pixels">The chunk of the pixels.</param>
/// <param name="Alpha">The chunk of VP8's alpha.</param>
/// <param name="Width">Columns, as the bitstream says.</param>
/// <param name="Height">Rows, as the bitstream says.</param>
/// <param name="HasAlpha">Whether alpha is coded.</param>
readonly record struct WebPFrame(WebPChunk Pixels, WebPChunk? Alpha, int Width, int Height, bool HasAlpha)
{
    // RFC 6386, 9.1: a tag of three bytes, a start code of three, two sides of two.
    const int LossyHeaderLength = 10;

    // RFC 9649, 3.4: a signature, then 14 + 14 + 1 + 3 bits.
    const int LosslessHeaderLength = 5;
    const int SideBits = 14, SideMask = (1 << SideBits) - 1;

    /// <summary>The frame among the chunks of a file or of one picture of an animation.</summary>
    public static WebPFrame Read(ReadOnlySpan<byte> file, List<WebPChunk> chunks)
    {
        int at = chunks.FindIndex(chunk => chunk.Kind == WebPChunk.Lossy || chunk.Kind == WebPChunk.Lossless);
        if (at < 0) Throw.Codec("the file contains no picture (no chunk 'VP8' or 'VP8L'); it is damaged");
        WebPChunk pixels = chunks[at];
        int alphaAt = chunks.FindIndex(chunk => chunk.Kind == WebPChunk.Alpha);
        if (alphaAt > at) Throw.Codec("its alpha follows its pixels; the file is damaged");
        return pixels.Kind == WebPChunk.Lossless
            ? ReadLossless(pixels, pixels.Payload(file))
            : ReadLossy(pixels, alphaAt < 0 ? null : chunks[alphaAt], pixels.Payload(file));
    }

    static WebPFrame ReadLossy(WebPChunk pixels, WebPChunk? alpha, ReadOnlySpan<byte> data)
    {
        if (data.Length < LossyHeaderLength) Throw.Truncated("the header of the pixels");
        int tag = data[0] | (data[1] << 8) | (data[2] << 16);
        bool inter = (tag & 1) != 0, shown = (tag & 0x10) != 0;
        if (inter || !shown || data[3] != 0x9D || data[4] != 0x01 || data[5] != 0x2A)
            Throw.Codec("the pixels' header is not that of a still picture; the file is damaged");
        if ((tag >> 5) > data.Length - LossyHeaderLength) Throw.Truncated("the pixels");
        // The upper two bits of a side ask for scaling after decoding, which no reader of stills does.
        int width = BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & SideMask, height = BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & SideMask;
        if (alpha is { Length: 0 }) Throw.Truncated("its alpha");
        return new(pixels, alpha, width, height, alpha is not null);
    }

    static WebPFrame ReadLossless(WebPChunk pixels, ReadOnlySpan<byte> data)
    {
        const byte Signature = 0x2F;
        if (data.Length < LosslessHeaderLength) Throw.Truncated("the header of the pixels");
        uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        if (data[0] != Signature || bits >> (2 * SideBits + 1) != 0)
            Throw.Codec("the header of the pixels has a wrong signature or version; the file is damaged");
        int width = (int)(bits & SideMask) + 1, height = (int)((bits >> SideBits) & SideMask) + 1;
        return new(pixels, null, width, height, (bits >> (2 * SideBits) & 1) != 0);
    }
}
