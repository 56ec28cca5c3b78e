using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tga;

/// <summary>A TGA's header, color map and, of its optional footer, what alpha means (Truevision TGA 2.0).</summary>
sealed record TgaHeader
{
    public const int Length = 18;

    const int FooterLength = 26, ExtensionLength = 495, AttributesTypeAt = 494;

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Bits of a stored pixel: 8, 15, 16, 24 or 32.</summary>
    public int Bits { get; init; }

    /// <summary>Whether pixels come in packets.</summary>
    public bool Packed { get; init; }

    public bool Gray { get; init; }

    /// <summary>Whether the first pixel of a row is its rightmost one.</summary>
    public bool FromRight { get; init; }

    /// <summary>Whether the first row is the top one.</summary>
    public bool FromTop { get; init; }

    public bool HasAlpha { get; init; }

    public bool Premultiplied { get; init; }

    /// <summary>The color map as pixels of <see cref="MapBits"/> bits, or empty.</summary>
    public uint[] Map { get; init; } = [];

    public int MapBits { get; init; }

    /// <summary>The index of the map's first entry.</summary>
    public int MapStart { get; init; }

    /// <summary>Where the pixels begin.</summary>
    public int PixelsAt { get; init; }

    public static TgaHeader Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        int width = Word(file, 12), height = Word(file, 14), bits = file[16], type = file[2], descriptor = file[17];
        limits.CheckSize(width, height);
        bool mapped = type is 1 or 9, gray = type is 3 or 11;
        bool depthFits = mapped || gray ? bits is 8 or 16 : bits is 15 or 16 or 24 or 32;
        if (type is not (1 or 2 or 3 or 9 or 10 or 11) || !depthFits)
            Throw.Codec($"images of type {type} with {bits} bits per pixel are not supported");
        if (descriptor >> 6 != 0) Throw.Codec("interleaved rows are not supported");
        int at = Length + file[0], mapStart = Word(file, 3), mapLength = Word(file, 5), mapBits = file[7];
        uint[] map = [];
        if (file[1] == 1)
        {
            if (mapBits is not (15 or 16 or 24 or 32) && (mapped || mapLength > 0))
                Throw.Codec($"color map entries of {mapBits} bits are not supported");
            int entry = (mapBits + 7) / 8;
            if (at + mapLength * entry > file.Length) Throw.Truncated("the color map");
            map = new uint[mapped ? mapLength : 0];
            for (int i = 0; i < map.Length; i++) map[i] = Pixel(file.Slice(at + i * entry, entry));
            at += mapLength * entry;
        }
        else if (mapped)
        {
            Throw.Codec("the pixels index a color map, but there is none; the file is damaged");
        }
        if (at > file.Length) Throw.Truncated("the header");

        int colorBits = mapped ? mapBits : bits;
        bool alpha = (descriptor & 15, colorBits, gray) switch
        {
            (8, 32, _) or (1, 16, false) or (8, 16, true) => true,
            _ => false,
        };
        byte? attributes = AttributesType(file);
        return new()
        {
            Width = width,
            Height = height,
            Bits = bits,
            Packed = type >= 9,
            Gray = gray,
            FromRight = (descriptor & 0x10) != 0,
            FromTop = (descriptor & 0x20) != 0,
            // 0 to 2: no alpha, or one that is to be ignored; 3: alpha; 4: colors already multiplied by it.
            HasAlpha = alpha && attributes is null or >= 3,
            Premultiplied = alpha && attributes == 4,
            Map = map,
            MapBits = mapped ? mapBits : 0,
            MapStart = mapStart,
            PixelsAt = at,
        };
    }

    // Version 2: a footer with a signature names an extension area, which says what alpha is.
    static byte? AttributesType(ReadOnlySpan<byte> file)
    {
        if (file.Length < Length + FooterLength || !file[^18..].SequenceEqual("TRUEVISION-XFILE.\0"u8)) return null;
        uint at = BinaryPrimitives.ReadUInt32LittleEndian(file[^FooterLength..]);
        if (at < Length || at > file.Length - ExtensionLength || Word(file, (int)at) < ExtensionLength) return null;
        return file[(int)at + AttributesTypeAt];
    }

    /// <summary>One to four bytes as a number, lowest first.</summary>
    public static uint Pixel(ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    static int Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
