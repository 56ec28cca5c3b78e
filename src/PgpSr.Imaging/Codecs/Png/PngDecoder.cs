using System.IO.Compression;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>
/// PNG (W3C PNG 3rd edition): all color types and depths, interlaced too; of an animation the first picture. Chunks are walked once when opened, so
/// that metadata behind the pixels is known before them; pixels stream: IDAT > inflate > unfilter > expand.
/// </summary>
sealed class PngDecoder : RowDecoder
{
    readonly PngHeader _header;
    readonly PngExpansion _expansion;
    readonly PngDataReader _data;
    readonly ZLibStream _inflater;
    byte[] _row, _above;
    int _rowsRead;

    public PngDecoder(Stream stream, ImageLimits limits)
    {
        PngChunkWalk walk = new(stream, limits, Metadata);
        _header = walk.Header;
        _expansion = new PngExpansion(_header, walk.Palette, walk.Transparency);
        Info = new(_header.Width, _header.Height, _expansion.Channels, _expansion.BitDepth);
        limits.CheckRatio(_header.RowLength(_header.Width) * _header.Height, walk.DataLength);
        if (_header.RowLength(_header.Width) > Array.MaxLength) Throw.Codec("one row exceeds 2 GiB");
        if (Metadata.Exif is { } exif) Orientation = Exif.ReadOrientation(exif);
        _row = new byte[_header.RowLength(_header.Width)];
        _above = new byte[_row.Length];
        _data = new PngDataReader(stream, walk.DataChunks);
        _inflater = new ZLibStream(_data, CompressionMode.Decompress, leaveOpen: true);
    }

    public override ImageFormat Format => ImageFormat.Png;

    public override bool Streams => !_header.Interlaced;

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        if (_header.Interlaced)
        {
            ReadInterlaced(destination);
            return;
        }
        for (int row = 0; row < rowCount; row++)
        {
            ReadRow(_row.Length, _rowsRead);
            _expansion.Expand(_row, destination.Slice(row * Info.RowLength, Info.RowLength));
            (_row, _above) = (_above, _row);
            if (++_rowsRead == Info.Height) Finish();
        }
    }

    // Adam7 (8.2): seven pictures, each a grid of the whole one.
    void ReadInterlaced(Span<byte> destination)
    {
        ReadOnlySpan<byte> firstColumn = [0, 4, 0, 2, 0, 1, 0], firstRow = [0, 0, 4, 0, 2, 0, 1];
        ReadOnlySpan<byte> columnStep = [8, 8, 4, 4, 2, 2, 1], rowStep = [8, 8, 8, 4, 4, 2, 2];
        int pixel = Info.PixelLength;
        byte[] expanded = new byte[Info.RowLength];
        for (int pass = 0; pass < 7; pass++)
        {
            int width = (Info.Width - firstColumn[pass] + columnStep[pass] - 1) / columnStep[pass];
            if (width <= 0) continue;
            Array.Clear(_above);
            for (int row = firstRow[pass]; row < Info.Height; row += rowStep[pass])
            {
                int length = (int)_header.RowLength(width);
                ReadRow(length, row);
                _expansion.Expand(_row.AsSpan(0, length), expanded.AsSpan(0, width * pixel));
                Span<byte> to = destination.Slice(row * Info.RowLength, Info.RowLength);
                for (int x = 0; x < width; x++) expanded.AsSpan(x * pixel, pixel).CopyTo(to[((firstColumn[pass] + x * columnStep[pass]) * pixel)..]);
                (_row, _above) = (_above, _row);
            }
        }
        Finish();
    }

    void ReadRow(int length, int row)
    {
        Span<byte> line = _row.AsSpan(0, length);
        int filter = -1;
        bool whole = false;
        try
        {
            filter = _inflater.ReadByte();
            whole = filter >= 0 && _inflater.ReadAtLeast(line, length, throwOnEndOfStream: false) == length;
        }
        catch (InvalidDataException)
        {
            Throw.Codec($"the compressed pixels are damaged in or before row {row} of {Info.Height}");
        }
        if (!whole) Throw.Codec($"the compressed pixels end in row {row} of {Info.Height}; the file is truncated or damaged");
        PngFilters.Undo(filter, line, _above.AsSpan(0, length), _header.FilterStride);
    }

    // One byte past the end makes the inflater check its checksum.
    void Finish()
    {
        try
        {
            if (_inflater.ReadByte() >= 0) Metadata.Warnings.Add("there are more compressed pixels than the picture has; they were left out");
        }
        catch (InvalidDataException)
        {
            Throw.Codec("the compressed pixels have a wrong checksum; the file is damaged");
        }
        _data.Drain();
    }

    public override void Dispose()
    {
        _inflater.Dispose();
        _data.Dispose();
        base.Dispose();
    }
}
