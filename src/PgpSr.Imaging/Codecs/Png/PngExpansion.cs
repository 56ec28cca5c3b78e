using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>Turns unfiltered rows into interleaved samples: low depths and palettes to 8 bits, color keys to alpha, 16 bits to the machine's byte
/// order.</summary>
sealed class PngExpansion
{
    readonly PngHeader _header;
    readonly byte[] _table = [];
    readonly ushort[]? _key;

    public PngExpansion(PngHeader header, byte[]? palette, byte[]? transparency)
    {
        _header = header;
        BitDepth = header.BitDepth == 16 ? 16 : 8;
        Channels = header.Samples;
        switch (header.ColorType)
        {
            case PngColorType.Palette:
                Channels = transparency is null ? 3 : 4;
                _table = BuildPalette(palette!, transparency, Channels);
                break;
            case PngColorType.Gray or PngColorType.Rgb when transparency is not null:
                if (transparency.Length < 2 * Channels) Throw.Codec($"chunk tRNS has {transparency.Length} bytes instead of {2 * Channels}");
                _key = new ushort[Channels];
                for (int i = 0; i < Channels; i++) _key[i] = BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * i));
                Channels++;
                break;
        }
    }

    public int Channels { get; }

    public int BitDepth { get; }

    // Indices past the palette are black and opaque, as in browsers: an error would refuse files that everything else shows.
    static byte[] BuildPalette(byte[] palette, byte[]? alpha, int channels)
    {
        byte[] table = new byte[256 * channels];
        for (int i = 0; i < 256; i++)
        {
            if (i < palette.Length / 3) palette.AsSpan(3 * i, 3).CopyTo(table.AsSpan(i * channels));
            if (channels == 4) table[i * 4 + 3] = i < alpha!.Length ? alpha[i] : byte.MaxValue;
        }
        return table;
    }

    public void Expand(ReadOnlySpan<byte> row, Span<byte> destination)
    {
        if (_header.ColorType == PngColorType.Palette) ExpandPalette(row, destination);
        else if (_header.BitDepth == 16) ExpandWords(row, MemoryMarshal.Cast<byte, ushort>(destination));
        else if (_header.BitDepth < 8) ExpandGrayBits(row, destination);
        else if (_key is null) row.CopyTo(destination);
        else ExpandKeyedBytes(row, destination);
    }

    int Bits(ReadOnlySpan<byte> row, int i)
    {
        int depth = _header.BitDepth, bit = i * depth;
        return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    }

    void ExpandPalette(ReadOnlySpan<byte> row, Span<byte> destination)
    {
        for (int i = 0, to = 0; to < destination.Length; i++, to += Channels)
        {
            int index = _header.BitDepth == 8 ? row[i] : Bits(row, i);
            _table.AsSpan(index * Channels, Channels).CopyTo(destination[to..]);
        }
    }

    void ExpandGrayBits(ReadOnlySpan<byte> row, Span<byte> destination)
    {
        // 255 divides by 1, 3 and 15.
        int scale = 255 / ((1 << _header.BitDepth) - 1);
        for (int i = 0, to = 0; to < destination.Length; i++, to += Channels)
        {
            int value = Bits(row, i);
            destination[to] = (byte)(value * scale);
            if (_key is not null) destination[to + 1] = value == _key[0] ? (byte)0 : byte.MaxValue;
        }
    }

    void ExpandKeyedBytes(ReadOnlySpan<byte> row, Span<byte> destination)
    {
        int colors = Channels - 1;
        for (int from = 0, to = 0; to < destination.Length; from += colors, to += Channels)
        {
            bool keyed = true;
            for (int c = 0; c < colors; c++)
            {
                destination[to + c] = row[from + c];
                keyed &= row[from + c] == _key![c];
            }
            destination[to + colors] = keyed ? (byte)0 : byte.MaxValue;
        }
    }

    void ExpandWords(ReadOnlySpan<byte> row, Span<ushort> destination)
    {
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(row);
        if (_key is null)
        {
            if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(words, destination);
            else words.CopyTo(destination);
            return;
        }
        int colors = Channels - 1;
        for (int from = 0, to = 0; to < destination.Length; from += colors, to += Channels)
        {
            bool keyed = true;
            for (int c = 0; c < colors; c++)
            {
                ushort value = BinaryPrimitives.ReadUInt16BigEndian(row[(2 * (from + c))..]);
                destination[to + c] = value;
                keyed &= value == _key[c];
            }
            destination[to + colors] = keyed ? (ushort)0 : ushort.MaxValue;
        }
    }
}
