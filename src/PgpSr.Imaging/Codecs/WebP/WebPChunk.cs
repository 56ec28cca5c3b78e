using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>One chunk of a WebP file (RFC 9649, 2.3): four letters, the length of the payload, the payload, one byte more if that is odd.</summary>
/// <param name="Kind">The four letters as a little-endian number.</param>
/// <param name="Offset">Where the payload begins in the file.</param>
/// <param name="Length">Of the payload.</param>
readonly record struct WebPChunk(uint Kind, int Offset, int Length)
{
    public const int HeaderLength = 8;

    public static readonly uint Extended = Letters("VP8X"u8), Lossy = Letters("VP8 "u8), Lossless = Letters("VP8L"u8), Alpha = Letters("ALPH"u8),
        Animation = Letters("ANIM"u8), Frame = Letters("ANMF"u8), Icc = Letters("ICCP"u8), Exif = Letters("EXIF"u8), Xmp = Letters("XMP "u8);

    public string Name => Encoding.Latin1.GetString(BitConverter.GetBytes(Kind)).TrimEnd();

    /// <summary>Whether it is part of a picture or an animation, or says that there are such.</summary>
    public bool IsPixels => Kind == Extended || Kind == Lossy || Kind == Lossless || Kind == Alpha || Kind == Animation || Kind == Frame;

    public ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> file) => file.Slice(Offset, Length);

    /// <summary>The chunks that lie between two places of a file, each within it.</summary>
    public static List<WebPChunk> Walk(ReadOnlySpan<byte> file, int start, int end)
    {
        List<WebPChunk> chunks = [];
        for (int at = start; at < end;)
        {
            if (end - at < HeaderLength) Throw.Truncated("a chunk's header");
            WebPChunk chunk = new(BinaryPrimitives.ReadUInt32LittleEndian(file[at..]), at + HeaderLength, 0);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > (uint)(end - chunk.Offset)) Throw.Truncated($"the chunk '{chunk.Name}'");
            chunks.Add(chunk with { Length = (int)length });
            // The last chunk's padding is missing in many files.
            at = (int)Math.Min(end, chunk.Offset + length + (length & 1L));
        }
        return chunks;
    }

    public static void Write(Stream stream, uint kind, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, kind);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
        stream.Write(header);
        stream.Write(payload);
        if (payload.Length % 2 != 0) stream.WriteByte(0);
    }

    static uint Letters(ReadOnlySpan<byte> letters) => BinaryPrimitives.ReadUInt32LittleEndian(letters);
}
