using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Bmp;

/// <summary>How a BMP's pixels are compressed; the numbers of Windows headers.</summary>
enum BmpCompression
{
    None = 0,
    Rle8 = 1,
    Rle4 = 2,
    BitFields = 3,
    Jpeg = 4,
    Png = 5,
    AlphaBitFields = 6,

    /// <summary>Number 4 of OS/2 headers.</summary>
    Rle24 = 100,

    /// <summary>Number 3 of OS/2 headers.</summary>
    Huffman = 101,
}

/// <summary>
/// The headers of a BMP: 12 bytes (OS/2 1), 16 to 64 (OS/2 2), 40 (Windows 3), 52 and 56 (with masks), 108 and 124 (versions 4 and 5). Sizes are
/// those of Microsoft's "Bitmap Storage" and IBM's "Presentation Manager Programming Reference".
/// </summary>
sealed record BmpHeader
{
    /// <summary>The file header and the shortest of those that follow it.</summary>
    public const int Shortest = FileHeaderLength + Os2Length;

    const int FileHeaderLength = 14, Os2Length = 12, WindowsLength = 40, Longest = 124;
    const int MasksAt = FileHeaderLength + WindowsLength;

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Whether the first row stored is the top one.</summary>
    public bool TopDown { get; init; }

    public int Bits { get; init; }

    public BmpCompression Compression { get; init; }

    /// <summary>Red, green, blue and alpha, for 16 and 32 bits.</summary>
    public BitField[] Masks { get; init; } = [];

    public bool HasAlpha => Masks.Length == 4 && !Masks[3].IsEmpty;

    /// <summary>256 colors as red, green, blue; those that the file does not have are black.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Where the pixels begin.</summary>
    public int PixelsAt { get; init; }

    /// <summary>Bytes of an uncompressed row; rows end on multiples of four bytes.</summary>
    public long RowLength => ((long)Width * Bits + 31) / 32 * 4;

    public static BmpHeader Read(byte[] file, ImageLimits limits, ImageMetadata metadata)
    {
        long length = Long(file, FileHeaderLength);
        if (length < Os2Length || (length > Os2Length && length < 16) || length > file.Length - FileHeaderLength)
            Throw.Codec($"the header claims {length} bytes; the file is truncated or damaged");
        bool os2Short = length == Os2Length, os2 = length is not (WindowsLength or 52 or 56 or 108 or Longest) && length <= 64;
        if (length > Longest) Throw.Codec($"a header of {length} bytes is not supported");
        // A header that is cut short has zeros in the fields it does not reach.
        byte[] header = new byte[FileHeaderLength + Longest];
        file.AsSpan(0, FileHeaderLength + (int)length).CopyTo(header);

        long width = os2Short ? Word(header, 18) : (int)Long(header, 18);
        long height = os2Short ? Word(header, 20) : (int)Long(header, 22);
        limits.CheckSize(width, Math.Abs(height));
        int bits = Word(header, os2Short ? 24 : 28);
        uint stored = os2Short ? 0 : (uint)Long(header, 30);
        BmpCompression compression = (os2, stored) switch
        {
            (true, 3) => BmpCompression.Huffman,
            (true, 4) => BmpCompression.Rle24,
            _ => (BmpCompression)stored,
        };
        CheckSupported(bits, stored, compression);

        int at = FileHeaderLength + (int)length;
        BitField[] masks = [];
        if (bits is 16 or 32) masks = ReadMasks(file, header, (int)length, bits, compression, ref at);
        int pixelsAt = (int)Math.Min(Long(header, 10), int.MaxValue);
        byte[] palette = [];
        if (bits <= 8)
        {
            // A header without an offset, or with one inside itself, has its pixels after a palette of the usual size.
            long entries = os2Short || Long(header, 46) is 0 or > 256 ? 1 << bits : Long(header, 46);
            int entry = os2Short ? 3 : 4;
            int end = pixelsAt > at ? Math.Min(pixelsAt, file.Length) : file.Length;
            int count = (int)Math.Min(entries, (end - at) / entry);
            palette = ReadPalette(file, at, count, entry);
            at += count * entry;
        }
        if (pixelsAt < FileHeaderLength + length) pixelsAt = at;
        if (pixelsAt > file.Length) Throw.Truncated("the palette");
        if (!os2Short) ReadExtras(file, header, (int)length, limits, metadata);
        return new()
        {
            Width = (int)width,
            Height = (int)Math.Abs(height),
            TopDown = height < 0,
            Bits = bits,
            Compression = compression,
            Masks = masks,
            Palette = palette,
            PixelsAt = pixelsAt,
        };
    }

    static void CheckSupported(int bits, uint stored, BmpCompression compression)
    {
        bool supported = compression switch
        {
            BmpCompression.None => bits is 1 or 2 or 4 or 8 or 16 or 24 or 32,
            BmpCompression.Rle8 => bits == 8,
            BmpCompression.Rle4 => bits == 4,
            BmpCompression.Rle24 => bits == 24,
            BmpCompression.BitFields or BmpCompression.AlphaBitFields => bits is 16 or 32,
            _ => false,
        };
        if (supported) return;
        Throw.Codec(compression switch
        {
            BmpCompression.Jpeg => "a JPEG inside a BMP is not supported; convert the file",
            BmpCompression.Png => "a PNG inside a BMP is not supported; convert the file",
            BmpCompression.Huffman => "Huffman compression (OS/2) is not supported; convert the file",
            _ when stored is >= 11 and <= 13 => "CMYK is not supported in BMP; convert the file",
            _ => $"{bits} bits per pixel with compression {stored} is not supported; 1, 2, 4, 8, 16, 24 and 32 bits, RLE and bit fields are",
        });
    }

    static BitField[] ReadMasks(byte[] file, byte[] header, int length, int bits, BmpCompression compression, ref int at)
    {
        // Without masks the upper bits are unused, whatever stands in them.
        if (compression == BmpCompression.None)
            return bits == 16 ? [new(0x7C00), new(0x3E0), new(0x1F), new(0)] : [new(0xFF0000), new(0xFF00), new(0xFF), new(0)];
        // In the header itself from version 2 on, of which version 3 (56 bytes) adds alpha; behind one of 40 bytes.
        int count = length >= 56 || compression == BmpCompression.AlphaBitFields ? 4 : 3;
        byte[] source = header;
        if (length < 52)
        {
            if (at + 4 * count > file.Length) Throw.Truncated("the bit masks");
            source = file;
            at += 4 * count;
        }
        BitField[] masks = new BitField[4];
        uint all = 0;
        for (int i = 0; i < count; i++)
        {
            uint mask = (uint)Long(source, MasksAt + 4 * i);
            if ((mask & all) != 0 || (bits == 16 && mask > ushort.MaxValue))
                Throw.Codec($"the bit masks overlap or exceed {bits} bits; the file is damaged");
            all |= mask;
            masks[i] = new(mask);
        }
        return masks;
    }

    static byte[] ReadPalette(byte[] file, int at, int count, int entry)
    {
        byte[] palette = new byte[256 * 3];
        for (int i = 0; i < count; i++)
            for (int c = 0; c < 3; c++) palette[3 * i + c] = file[at + i * entry + 2 - c];
        return palette;
    }

    static void ReadExtras(byte[] file, byte[] header, int length, ImageLimits limits, ImageMetadata metadata)
    {
        int x = (int)Long(header, 38), y = (int)Long(header, 42);
        if (length >= WindowsLength && x > 0 && y > 0) metadata.Resolution = new(x, y, ResolutionUnit.Meter);
        if (length < Longest) return;
        // Version 5: the color space's kind, where its profile begins behind the file header, and how long it is.
        Span<byte> kind = header.AsSpan(FileHeaderLength + 56, 4);
        long profile = FileHeaderLength + Long(header, FileHeaderLength + 112), profileLength = Long(header, FileHeaderLength + 116);
        if (kind.SequenceEqual("KNIL"u8))
            metadata.Warnings.Add("the color profile is in another file and was ignored");
        else if (kind.SequenceEqual("DEBM"u8) && profileLength <= limits.MaxMetadataBytes && profile + profileLength <= file.Length)
            metadata.IccProfile = file.AsSpan((int)profile, (int)profileLength).ToArray();
        else if (kind.SequenceEqual("DEBM"u8))
            metadata.Warnings.Add("the color profile lies outside the file or exceeds ImageLimits.MaxMetadataBytes and was left out");
    }

    static long Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    static int Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
