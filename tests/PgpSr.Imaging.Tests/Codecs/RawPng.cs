using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PgpSr.Imaging.Tests.Codecs;

/// <summary>Writes PNG files chunk by chunk, right or wrong as asked, by other code than the codec's: a table CRC, rows without filter, Adam7 pixel
/// by pixel.</summary>
sealed class RawPng
{
    readonly List<byte> _file = [137, 80, 78, 71, 13, 10, 26, 10];

    public byte[] ToArray() => [.. _file];

    public RawPng Chunk(string type, byte[] data, uint? crc = null)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        _file.AddRange(number);
        _file.AddRange(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc ?? Crc(typed));
        _file.AddRange(number);
        return this;
    }

    public RawPng Header(int width, int height, int depth, int colorType, bool interlaced = false)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        data[8] = (byte)depth;
        data[9] = (byte)colorType;
        data[12] = interlaced ? (byte)1 : (byte)0;
        return Chunk("IHDR", data);
    }

    /// <summary>Pixels from a function of column, row and sample; values are of the file's depth.</summary>
    public RawPng Pixels(int width, int height, int depth, int samples, bool interlaced, Func<int, int, int, int> value)
    {
        MemoryStream raw = new();
        if (!interlaced)
        {
            WritePass(raw, [.. Enumerable.Range(0, height)], [.. Enumerable.Range(0, width)], depth, samples, value);
        }
        else
        {
            (int X, int Y, int Dx, int Dy)[] passes =
                [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
            foreach ((int x, int y, int dx, int dy) in passes)
            {
                int[] columns = [.. Enumerable.Range(0, width).Where(i => i >= x && (i - x) % dx == 0)];
                int[] rows = [.. Enumerable.Range(0, height).Where(i => i >= y && (i - y) % dy == 0)];
                if (columns.Length > 0) WritePass(raw, rows, columns, depth, samples, value);
            }
        }
        return Chunk("IDAT", Zlib(raw.ToArray()));
    }

    static void WritePass(MemoryStream raw, int[] rows, int[] columns, int depth, int samples, Func<int, int, int, int> value)
    {
        foreach (int y in rows)
        {
            raw.WriteByte(0);
            int bits = 0, held = 0;
            foreach (int x in columns)
                for (int s = 0; s < samples; s++)
                {
                    held = (held << depth) | value(x, y, s);
                    for (bits += depth; bits >= 8; bits -= 8) raw.WriteByte((byte)(held >> (bits - 8)));
                    held &= (1 << bits) - 1;
                }
            if (bits > 0) raw.WriteByte((byte)(held << (8 - bits)));
        }
    }

    public static byte[] Zlib(byte[] data)
    {
        MemoryStream result = new();
        using (ZLibStream deflate = new(result, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return result.ToArray();
    }

    public byte[] End() => Chunk("IEND", []).ToArray();

    static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
