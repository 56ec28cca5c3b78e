namespace PgpSr.Imaging.Codecs.Tga;

/// <summary>TGA: color maps, true color of 15 to 32 bits, gray, packed or not, from any corner.</summary>
sealed class TgaDecoder : RowDecoder
{
    // A packet stands for at most 128 pixels and takes a byte for its head and one or more for a pixel.
    const int LongestPacket = 128;

    readonly byte[] _file;
    readonly TgaHeader _header;
    readonly BitField[] _fields;

    public TgaDecoder(Stream stream, ImageLimits limits)
    {
        _file = WholeFile.Read(stream, limits, TgaHeader.Length);
        _header = TgaHeader.Read(_file, limits);
        TgaMetadata.Read(_file, Metadata);
        long pixels = (long)_header.Width * _header.Height, stored = _file.Length - _header.PixelsAt;
        if (_header.Packed ? pixels / LongestPacket > stored : pixels * ((_header.Bits + 7) / 8) > stored) Throw.Truncated("the pixels");
        _fields = Fields(_header.MapBits != 0 ? _header.MapBits : _header.Bits, _header.Gray);
        int colors = _header.Gray ? 1 : 3;
        Info = new(_header.Width, _header.Height, _header.HasAlpha && !IsOpaque() ? colors + 1 : colors, 8);
    }

    public override ImageFormat Format => ImageFormat.Tga;

    public override bool Streams => false;

    // Red, green, blue and alpha; gray and alpha.
    static BitField[] Fields(int bits, bool gray) => (bits, gray) switch
    {
        (_, true) => [new(0xFF), new(0xFF00)],
        (15 or 16, _) => [new(0x7C00), new(0x3E0), new(0x1F), new(0x8000)],
        _ => [new(0xFF0000), new(0xFF00), new(0xFF), new(0xFF000000)],
    };

    TgaPixels Pixels() => new(_file.AsSpan(_header.PixelsAt), (_header.Bits + 7) / 8, _header.Packed);

    bool IsOpaque()
    {
        TgaPixels pixels = Pixels();
        for (long i = (long)_header.Width * _header.Height; i > 0; i--)
            if (_fields[^1].Of(Color(pixels.Next())) != byte.MaxValue) return false;
        return true;
    }

    // Indices outside the map are black and opaque, as in the other formats of palettes.
    uint Color(uint pixel)
    {
        if (_header.MapBits == 0) return pixel;
        long entry = (long)pixel - _header.MapStart;
        return entry >= 0 && entry < _header.Map.Length ? _header.Map[entry] : _header.MapBits == 16 ? 0x8000u : 0xFF000000u;
    }

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        TgaPixels pixels = Pixels();
        int channels = Info.Channels;
        for (int y = 0; y < Info.Height; y++)
        {
            Span<byte> row = destination.Slice((_header.FromTop ? y : Info.Height - 1 - y) * Info.RowLength, Info.RowLength);
            for (int x = 0; x < Info.Width; x++)
            {
                uint color = Color(pixels.Next());
                Span<byte> to = row[((_header.FromRight ? Info.Width - 1 - x : x) * channels)..];
                for (int c = 0; c < channels; c++) to[c] = _fields[c].Of(color);
                if (_header.Premultiplied && Info.HasAlpha) Straighten(to[..channels]);
            }
        }
    }

    static void Straighten(Span<byte> pixel)
    {
        int alpha = pixel[^1];
        for (int c = 0; c < pixel.Length - 1 && alpha is > 0 and < byte.MaxValue; c++)
            pixel[c] = (byte)Math.Min(byte.MaxValue, (pixel[c] * byte.MaxValue + alpha / 2) / alpha);
    }
}
