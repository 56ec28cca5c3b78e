using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Bmp;

/// <summary>BMP of Windows and OS/2: palettes, RLE, bit fields, rows from below or from above.</summary>
sealed class BmpDecoder : RowDecoder
{
    readonly byte[] _file;
    readonly BmpHeader _header;

    // What RLE decodes to, rows as they are stored: indices, or blue, green, red.
    readonly byte[]? _unpacked;
    int _rowsRead;

    public BmpDecoder(Stream stream, ImageLimits limits)
    {
        _file = WholeFile.Read(stream, limits, BmpHeader.Shortest);
        _header = BmpHeader.Read(_file, limits, Metadata);
        Info = new(_header.Width, _header.Height, 3, 8);
        if (_header.Compression is BmpCompression.Rle4 or BmpCompression.Rle8 or BmpCompression.Rle24)
        {
            int sample = _header.Bits == 24 ? 3 : 1;
            long length = (long)_header.Width * sample * _header.Height;
            limits.CheckRatio(length, _file.Length);
            if (length > Array.MaxLength) Throw.Codec($"{_header.Width}x{_header.Height} pixels take over 2 GiB; convert the file to PNG");
            _unpacked = new byte[length];
            if (BmpRle.Decode(_file.AsSpan(_header.PixelsAt), _header.Bits, _header.Width, _header.Height, _unpacked))
                Metadata.Warnings.Add("runs of pixels reach past the picture's edge; they were cut");
        }
        else if (_header.RowLength * (_header.Height - 1) + (((long)_header.Width * _header.Bits + 7) / 8) > _file.Length - _header.PixelsAt)
        {
            // The last row's padding is left out by some writers.
            Throw.Truncated("the pixels");
        }
        else if (_header.HasAlpha && !IsOpaque())
        {
            Info = Info with { Channels = 4 };
        }
    }

    public override ImageFormat Format => ImageFormat.Bmp;

    public override bool Streams => true;

    bool IsOpaque()
    {
        for (int row = 0; row < _header.Height; row++)
        {
            ReadOnlySpan<byte> stored = Stored(row);
            for (int x = 0; x < _header.Width; x++)
                if (_header.Masks[3].Of(Pixel(stored, x)) != byte.MaxValue) return false;
        }
        return true;
    }

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        for (int i = 0; i < rowCount; i++, _rowsRead++)
        {
            int row = _header.TopDown ? _rowsRead : _header.Height - 1 - _rowsRead;
            Span<byte> to = destination.Slice(i * Info.RowLength, Info.RowLength);
            if (_header.Bits == 24) SwapColors(Stored(row), to);
            else if (_header.Bits > 8) ReadFields(Stored(row), to);
            else LookUp(row, to);
        }
    }

    ReadOnlySpan<byte> Stored(int row)
    {
        if (_unpacked is not null) return _unpacked.AsSpan(row * (_unpacked.Length / _header.Height), _unpacked.Length / _header.Height);
        ReadOnlySpan<byte> rest = _file.AsSpan((int)(_header.PixelsAt + row * _header.RowLength));
        return rest[..(int)Math.Min(rest.Length, _header.RowLength)];
    }

    static void SwapColors(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (int i = 0; i < to.Length; i += 3) (to[i], to[i + 1], to[i + 2]) = (from[i + 2], from[i + 1], from[i]);
    }

    void ReadFields(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int channels = Info.Channels;
        for (int x = 0; x < Info.Width; x++)
        {
            uint pixel = Pixel(from, x);
            for (int c = 0; c < channels; c++) to[x * channels + c] = _header.Masks[c].Of(pixel);
        }
    }

    uint Pixel(ReadOnlySpan<byte> row, int x) => _header.Bits == 16
        ? BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..])
        : BinaryPrimitives.ReadUInt32LittleEndian(row[(4 * x)..]);

    void LookUp(int row, Span<byte> to)
    {
        ReadOnlySpan<byte> from = Stored(row);
        int bits = _unpacked is null ? _header.Bits : 8, mask = (1 << bits) - 1;
        for (int x = 0; x < Info.Width; x++)
        {
            int bit = x * bits;
            int index = (from[bit >> 3] >> (8 - bits - (bit & 7))) & mask;
            _header.Palette.AsSpan(3 * index, 3).CopyTo(to[(3 * x)..]);
        }
    }
}
