using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Chunk framing of PNG (W3C PNG 3rd edition, 5.3): length, type, data, CRC-32 of type and data.</summary>
static class PngChunk
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Length and type before the data; CRC after it.</summary>
    public const int HeaderLength = 8, CrcLength = 4;

    public static uint Type(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt32BigEndian(name);

    // Types are four letters (5.3); a damaged one may be anything, and a message must not carry that to a terminal.
    public static string Name(uint type)
    {
        Span<byte> name = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(name, type);
        foreach (byte letter in name)
            if (!char.IsAsciiLetter((char)letter)) return $"of damaged type 0x{type:X8}";
        return Encoding.ASCII.GetString(name);
    }

    /// <summary>Bit 5 of the first letter: a decoder may leave the chunk out (5.4).</summary>
    public static bool IsAncillary(uint type) => (type & 0x2000_0000) != 0;

    public static uint Crc(uint type, ReadOnlySpan<byte> data)
    {
        Crc32 crc = new();
        Span<byte> name = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(name, type);
        crc.Append(name);
        crc.Append(data);
        return crc.GetCurrentHashAsUInt32();
    }

    public static void Write(Stream stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> frame = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteInt32BigEndian(frame, data.Length);
        name.CopyTo(frame[4..]);
        stream.Write(frame);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(frame, Crc(Type(name), data));
        stream.Write(frame[..CrcLength]);
    }
}
