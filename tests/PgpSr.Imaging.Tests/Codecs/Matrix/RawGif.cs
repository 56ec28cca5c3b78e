namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Writes GIF files, right or wrong as asked, with a growing LZW dictionary.</summary>
sealed class RawGif
{
    readonly List<byte> _file = [];

    public RawGif(int width, int height, byte[] palette, int background = 0)
    {
        _file.AddRange([.. "GIF89a"u8, .. Word(width), .. Word(height), Flags(palette), (byte)background, 0, .. palette]);
    }

    static byte[] Word(int value) => [(byte)value, (byte)(value >> 8)];

    // Palettes have 2^(n + 1) colors.
    static byte Flags(byte[] palette) => palette.Length == 0 ? (byte)0 : (byte)(0x80 | (System.Numerics.BitOperations.Log2((uint)palette.Length / 3) - 1));

    public RawGif Control(int disposal, int transparent)
    {
        _file.AddRange([0x21, 0xF9, 4, (byte)(disposal << 2 | (transparent >= 0 ? 1 : 0)), 10, 0, (byte)Math.Max(0, transparent), 0]);
        return this;
    }

    public RawGif Picture(int x, int y, int width, int height, byte[] indices, int rootBits, byte[]? palette = null, bool interlaced = false,
        bool firstClear = true, bool end = true)
    {
        palette ??= [];
        _file.AddRange([0x2C, .. Word(x), .. Word(y), .. Word(width), .. Word(height), (byte)(Flags(palette) | (interlaced ? 0x40 : 0)), .. palette,
            (byte)rootBits]);
        if (interlaced)
        {
            int[] order = [.. Enumerable.Range(0, height).OrderBy(row => row % 8 == 0 ? 0 : row % 8 == 4 ? 1 : row % 4 == 2 ? 2 : 3)];
            indices = [.. order.SelectMany(row => indices[(row * width)..((row + 1) * width)])];
        }
        foreach (byte[] block in Compress(indices, rootBits, firstClear, end).Chunk(255)) _file.AddRange([(byte)block.Length, .. block]);
        _file.Add(0);
        return this;
    }

    public byte[] End() => [.. _file, 0x3B];

    static byte[] Compress(byte[] indices, int rootBits, bool firstClear, bool end)
    {
        int clear = 1 << rootBits, next = clear + 2, bits = rootBits + 1, held = 0, heldBits = 0;
        Dictionary<(int Prefix, byte Last), int> codes = [];
        List<byte> data = [];
        void Write(int code)
        {
            held |= code << heldBits;
            for (heldBits += bits; heldBits >= 8; heldBits -= 8, held >>= 8) data.Add((byte)held);
        }
        if (firstClear) Write(clear);
        int prefix = indices[0];
        foreach (byte index in indices.AsSpan(1))
        {
            if (codes.TryGetValue((prefix, index), out int code))
            {
                prefix = code;
                continue;
            }
            Write(prefix);
            if (next < 4096)
            {
                codes[(prefix, index)] = next;
                // The decoder is one entry behind.
                if (next++ == 1 << bits) bits++;
            }
            else if (indices.Length % 2 == 0)
            {
                // Every other picture keeps its full dictionary ("deferred clear").
                Write(clear);
                codes.Clear();
                (next, bits) = (clear + 2, rootBits + 1);
            }
            prefix = index;
        }
        Write(prefix);
        if (end)
        {
            if (next == 1 << bits && bits < 12) bits++;
            Write(clear + 1);
        }
        if (heldBits > 0) data.Add((byte)held);
        return [.. data];
    }
}
