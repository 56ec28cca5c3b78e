using System.Buffers.Binary;

namespace PgpSr.Imaging.Tests.Codecs.Matrix;

/// <summary>Writes uncompressed TIFF and BigTIFF of either byte order from whole samples, by other code than the library's.</summary>
sealed class RawTiff
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Bits of a sample, 1 to 16.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Samples of a pixel.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 inks, 6 YCbCr, 8 Lab, 9 ICC Lab; -1 does not say.</summary>
    public int Photometric { get; init; } = 2;

    /// <summary>1 multiplied alpha, 2 alpha, 0 anything else; one for each sample past the colors.</summary>
    public int[] Extra { get; init; } = [];

    public bool Planar { get; init; }

    public bool Tiled { get; init; }

    public bool BigEndian { get; init; }

    public bool BigTiff { get; init; }

    public int Compression { get; init; } = 1;

    public int SampleFormat { get; init; } = 1;

    /// <summary>All reds, all greens, all blues.</summary>
    public ushort[] Palette { get; init; } = [];

    /// <summary>Chromaticity of white in thousandths, or nothing.</summary>
    public int[] White { get; init; } = [];

    /// <summary>Entries beside those of the picture.</summary>
    public IReadOnlyList<(int Tag, int Type, long[] Values)> More { get; init; } = [];

    const int Tile = 16, StripRows = 5;

    readonly List<byte> _file = [];

    /// <param name="samples">Pixel by pixel.</param>
    public byte[] File(int[] samples)
    {
        _file.Clear();
        _file.AddRange(BigEndian ? "MM"u8 : "II"u8);
        _file.AddRange(Number(BigTiff ? 43 : 42, 2));
        if (BigTiff) _file.AddRange([.. Number(8, 2), .. Number(0, 2)]);
        int directoryField = _file.Count;
        _file.AddRange(new byte[BigTiff ? 8 : 4]);
        (List<long> offsets, List<long> lengths) = Pixels(samples);
        List<(int Tag, int Type, long[] Values)> tags =
        [
            (256, 4, [Width]), (257, 4, [Height]), (258, 3, [.. Enumerable.Repeat((long)Bits, Channels)]), (259, 3, [Compression]),
            (277, 3, [Channels]), (284, 3, [Planar ? 2 : 1]), (339, 3, [.. Enumerable.Repeat((long)SampleFormat, Channels)]),
            (Tiled ? 324 : 273, BigTiff ? 16 : 4, [.. offsets]), (Tiled ? 325 : 279, BigTiff ? 16 : 4, [.. lengths]),
        ];
        if (Photometric >= 0) tags.Add((262, 3, [Photometric]));
        tags.AddRange(More);
        if (Tiled) tags.AddRange([(322, 3, [Tile]), (323, 3, [Tile])]);
        else tags.Add((278, 3, [StripRows]));
        if (Extra.Length > 0) tags.Add((338, 3, [.. Extra.Select(e => (long)e)]));
        if (Palette.Length > 0) tags.Add((320, 3, [.. Palette.Select(p => (long)p)]));
        if (Photometric == 6) tags.Add((530, 3, [1, 1]));
        if (White.Length > 0) tags.Add((318, 5, [.. White.SelectMany(w => (long[])[w, 1000])]));
        Directory(tags, directoryField);
        return [.. _file];
    }

    void Directory(List<(int Tag, int Type, long[] Values)> tags, int directoryField)
    {
        int inline = BigTiff ? 8 : 4;
        List<byte> entries = [];
        foreach ((int tag, int type, long[] values) in tags.OrderBy(t => t.Tag))
        {
            int unit = type switch { 3 => 2, 16 => 8, _ => 4 };
            byte[] value = [.. values.SelectMany(v => Number(v, unit))];
            entries.AddRange([.. Number(tag, 2), .. Number(type, 2), .. Number(values.Length / (type == 5 ? 2 : 1), inline)]);
            if (value.Length > inline)
            {
                Align();
                entries.AddRange(Number(_file.Count, inline));
                _file.AddRange(value);
            }
            else
            {
                entries.AddRange([.. value, .. new byte[inline - value.Length]]);
            }
        }
        Align();
        int at = _file.Count;
        _file.AddRange([.. Number(tags.Count, BigTiff ? 8 : 2), .. entries, .. Number(0, inline)]);
        byte[] pointer = Number(at, inline);
        for (int i = 0; i < pointer.Length; i++) _file[directoryField + i] = pointer[i];
    }

    void Align()
    {
        if (_file.Count % 2 == 1) _file.Add(0);
    }

    (List<long> Offsets, List<long> Lengths) Pixels(int[] samples)
    {
        List<long> offsets = [], lengths = [];
        int blockWidth = Tiled ? Tile : Width, blockHeight = Tiled ? Tile : StripRows;
        for (int plane = 0; plane < (Planar ? Channels : 1); plane++)
            for (int y = 0; y < Height; y += blockHeight)
                for (int x = 0; x < Width; x += blockWidth)
                {
                    offsets.Add(_file.Count);
                    // Tiles are whole, the last strip is not.
                    for (int row = y; row < (Tiled ? y + Tile : Math.Min(Height, y + StripRows)); row++)
                        Row(samples, Math.Min(row, Height - 1), x, blockWidth, plane);
                    lengths.Add(_file.Count - offsets[^1]);
                }
        return (offsets, lengths);
    }

    void Row(int[] samples, int y, int x, int width, int plane)
    {
        int held = 0, heldBits = 0;
        for (int column = x; column < x + width; column++)
            for (int c = Planar ? plane : 0; c < (Planar ? plane + 1 : Channels); c++)
            {
                int value = samples[(y * Width + Math.Min(column, Width - 1)) * Channels + c];
                if (Bits == 16)
                {
                    _file.AddRange(Number(value, 2));
                    continue;
                }
                held = (held << Bits) | value;
                for (heldBits += Bits; heldBits >= 8; heldBits -= 8) _file.Add((byte)(held >> (heldBits - 8)));
                held &= (1 << heldBits) - 1;
            }
        if (heldBits > 0) _file.Add((byte)(held << (8 - heldBits)));
    }

    byte[] Number(long value, int length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        Array.Resize(ref bytes, length);
        if (BigEndian) Array.Reverse(bytes);
        return bytes;
    }
}
