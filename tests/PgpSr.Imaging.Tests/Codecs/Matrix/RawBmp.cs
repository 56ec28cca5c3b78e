using System.Buffers.Binary;

namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Writes BMP files, right or wrong as asked.</summary>
sealed class RawBmp
{
    public int Header { get; init; } = 40;

    public int Bits { get; init; } = 24;

    public required int Width { get; init; }

    public required int Height { get; init; }

    public bool TopDown { get; init; }

    public int Compression { get; init; }

    public uint[] Masks { get; init; } = [];

    /// <summary>Colors the header claims; 0 for all.</summary>
    public int Colors { get; init; }

    /// <summary>Bytes between the palette and the pixels.</summary>
    public int Gap { get; init; }

    public int PixelsPerMeter { get; init; }

    public byte[] Profile { get; init; } = [];

    /// <param name="palette">Red, green, blue; as many as the depth or <see cref="Colors"/> asks for are written.</param>
    /// <param name="pixels">As stored.</param>
    public byte[] File(byte[] palette, byte[] pixels)
    {
        byte[] header = new byte[14 + 124];
        void Word(int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(at), (short)value);
        void Long(int at, long value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(at), (uint)value);

        int entries = Bits > 8 ? 0 : Colors > 0 ? Colors : 1 << Bits, entry = Header == 12 ? 3 : 4;
        byte[] stored = new byte[entries * entry];
        for (int i = 0; i < entries * 3 && i < palette.Length; i++) stored[i / 3 * entry + 2 - i % 3] = palette[i];
        int behind = Header < 52 && Masks.Length > 0 ? Compression == 6 ? 16 : 12 : 0;
        int pixelsAt = 14 + Header + behind + stored.Length + Gap;
        "BM"u8.CopyTo(header);
        Long(2, pixelsAt + pixels.Length + Profile.Length);
        Long(10, pixelsAt);
        Long(14, Header);
        if (Header == 12)
        {
            Word(18, Width);
            Word(20, Height);
            Word(22, 1);
            Word(24, Bits);
        }
        else
        {
            Long(18, Width);
            Long(22, TopDown ? -Height : Height);
            Word(26, 1);
            Word(28, Bits);
            Long(30, Compression);
            Long(34, pixels.Length);
            Long(38, PixelsPerMeter);
            Long(42, PixelsPerMeter);
            Long(46, Colors);
            for (int i = 0; i < Masks.Length && Header != 64; i++) Long(54 + 4 * i, Masks[i]);
        }
        if (Profile.Length > 0)
        {
            "DEBM"u8.CopyTo(header.AsSpan(70));
            Long(126, pixelsAt + pixels.Length - 14);
            Long(130, Profile.Length);
        }
        return [.. header[..(14 + Header)], .. header[54..(54 + behind)], .. stored, .. new byte[Gap], .. pixels, .. Profile];
    }

    /// <summary>Uncompressed rows in the order of the file, padded to four bytes.</summary>
    public byte[] Rows(int[] values)
    {
        int stride = (Width * Bits + 31) / 32 * 4;
        byte[] rows = new byte[stride * Height];
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                int value = values[y * Width + x], row = (TopDown ? y : Height - 1 - y) * stride;
                for (int bit = 0; bit < Bits; bit++)
                {
                    // Below eight bits the leftmost pixel has the highest bits; above, bytes are stored lowest first.
                    int at = Bits <= 8 ? x * Bits + bit : x * Bits + bit / 8 * 8 + 7 - bit % 8;
                    int from = Bits <= 8 ? Bits - 1 - bit : bit;
                    rows[row + at / 8] |= (byte)((value >> from & 1) << (7 - at % 8));
                }
            }
        return rows;
    }

    /// <summary>Runs and literal values of all lengths.</summary>
    public byte[] Runs(int[] values, bool endMark)
    {
        List<byte> data = [];
        for (int y = Height - 1; y >= 0; y--)
        {
            int[] row = values[(y * Width)..((y + 1) * Width)];
            for (int x = 0; x < Width;)
            {
                int run = 1;
                while (x + run < Width && row[x + run] == row[x]) run++;
                int literal = Math.Min(Width - x, 3 + x % 5);
                if (run > 1 || literal < 3)
                {
                    data.Add((byte)run);
                    data.AddRange(Bits == 4 ? [(byte)(row[x] * 17)] : Bytes(row[x]));
                    x += run;
                    continue;
                }
                data.AddRange([0, (byte)literal]);
                int start = data.Count;
                if (Bits == 4)
                    for (int i = 0; i < literal; i += 2) data.Add((byte)(row[x + i] << 4 | (i + 1 < literal ? row[x + i + 1] : 0)));
                else
                    for (int i = 0; i < literal; i++) data.AddRange(Bytes(row[x + i]));
                if ((data.Count - start) % 2 == 1) data.Add(0);
                x += literal;
            }
            if (y > 0 || endMark) data.AddRange(y > 0 ? [0, 0] : [0, 1]);
        }
        return [.. data];
    }

    byte[] Bytes(int value) => Bits == 24 ? [(byte)value, (byte)(value >> 8), (byte)(value >> 16)] : [(byte)value];
}
