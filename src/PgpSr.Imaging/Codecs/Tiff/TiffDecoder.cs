using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// TIFF and BigTIFF, first page: BitMiracle.LibTiff.NET decompresses, colors are made here. Only YCbCr with fewer samples of color than of
/// brightness goes through the library's conversion to 8-bit RGB, whole.
/// </summary>
sealed class TiffDecoder : RowDecoder
{
    readonly LibTiff _tiff;
    readonly TiffSource _source;
    readonly TiffLayout _layout;
    readonly TiffColors? _colors;
    readonly byte[] _line;
    readonly byte[] _samples = [];
    readonly byte[] _band;
    int _rowsRead;
    int _bandEnd;

    public TiffDecoder(Stream stream, ImageLimits limits)
    {
        TiffMessages.Install();
        long start = stream.Position;
        bool bigEndianBig = TiffDirectoryCheck.Check(stream, limits);
        TiffMetadata.Read(stream, limits, Metadata);
        stream.Position = start;
        _source = new TiffSource(bigEndianBig ? new ClassicView(stream) : stream) { Warnings = Metadata.Warnings };
        _tiff = LibTiff.ClientOpen("tiff", "r", _source, _source) ?? Throw.Codec<LibTiff>(_source.Error ?? "the header is damaged");
        try
        {
            _layout = TiffLayout.Read(_tiff, stream.Length - start, limits);
            Info = _layout.Info;
            Orientation = _layout.Orientation;
            if (!_tiff.LastDirectory()) Metadata.Lose(ImageMetadata.OtherPictures);
            if (_layout.Converted)
            {
                _line = _band = [];
                return;
            }
            if (_layout.Model == TiffModel.Cmyk)
            {
                Metadata.IccProfile = null;
                Metadata.Lose(ImageMetadata.Inks);
            }
            _colors = _layout.IsPlain ? null : new TiffColors(_layout);
            _samples = new byte[Math.Max(_layout.InterleavedRowLength, _layout.Tiled
                ? checked(_layout.TileWidth * _layout.StoredChannels * _layout.SampleLength) : 0)];
            _line = new byte[_layout.Tiled ? _layout.TileLength : _layout.Separate ? _layout.PlaneStripLength : _layout.StoredRowLength];
            _band = _layout.Tiled || _layout.Separate ? new byte[checked(_layout.BandRows * (long)_layout.InterleavedRowLength)] : [];
        }
        catch
        {
            _tiff.Dispose();
            throw;
        }
    }

    public override ImageFormat Format => ImageFormat.Tiff;

    public override bool Streams => !_layout.Converted;

    public override void ReadRows(Span<byte> destination, int rowCount)
    {
        if (_layout.Converted)
        {
            ReadConverted(destination);
            return;
        }
        for (int row = 0; row < rowCount; row++, _rowsRead++)
        {
            ReadOnlySpan<byte> samples = _layout.Tiled || _layout.Separate ? BandRow() : Scanline();
            Span<byte> to = destination.Slice(row * Info.RowLength, Info.RowLength);
            if (_colors is null) samples.CopyTo(to);
            else _colors.Convert(samples, to);
        }
    }

    ReadOnlySpan<byte> Scanline()
    {
        if (!_tiff.ReadScanline(_line, 0, _rowsRead, 0)) Damaged($"row {_rowsRead}");
        TiffSamples.Unpack(_line, _layout.Bits, _samples);
        return _samples;
    }

    // Tiles are decoded one row of tiles at a time into a band of whole picture rows, planes one strip of each at a time.
    ReadOnlySpan<byte> BandRow()
    {
        if (_rowsRead >= _bandEnd)
        {
            int planes = _layout.Separate ? _layout.StoredChannels : 1;
            for (short plane = 0; plane < planes; plane++)
                if (_layout.Tiled)
                    for (int x = 0; x < Info.Width; x += _layout.TileWidth) ReadTile(x, plane);
                else
                    ReadPlaneStrip(plane);
            _bandEnd = _rowsRead + _layout.BandRows;
        }
        int row = _rowsRead - (_bandEnd - _layout.BandRows);
        return _band.AsSpan(row * _layout.InterleavedRowLength, _layout.InterleavedRowLength);
    }

    void ReadPlaneStrip(short plane)
    {
        int rows = Math.Min(_layout.RowsPerStrip, Info.Height - _rowsRead);
        if (_tiff.ReadEncodedStrip(_tiff.ComputeStrip(_rowsRead, plane), _line, 0, rows * _layout.StoredRowLength) < 0)
            Damaged($"plane {plane} of row {_rowsRead}");
        Span<byte> samples = _samples.AsSpan(0, Info.Width * _layout.SampleLength);
        for (int row = 0; row < rows; row++)
        {
            TiffSamples.Unpack(_line.AsSpan(row * _layout.StoredRowLength, _layout.StoredRowLength), _layout.Bits, samples);
            TiffSamples.Interleave(samples, plane, _layout.StoredChannels, _layout.SampleLength, _band.AsSpan(row * _layout.InterleavedRowLength));
        }
    }

    void ReadTile(int x, short plane)
    {
        if (_tiff.ReadTile(_line, 0, x, _rowsRead, 0, plane) < 0) Damaged($"the tile at {x}, {_rowsRead}");
        int columns = Math.Min(_layout.TileWidth, Info.Width - x);
        int stored = _layout.Separate ? _layout.SampleLength : _layout.SampleLength * _layout.StoredChannels;
        int packed = (int)_layout.PackedLength(_layout.TileWidth), rows = Math.Min(_layout.TileHeight, Info.Height - _rowsRead);
        Span<byte> samples = _samples.AsSpan(0, _layout.TileWidth * stored);
        for (int row = 0; row < rows; row++)
        {
            TiffSamples.Unpack(_line.AsSpan(row * packed, packed), _layout.Bits, samples);
            ReadOnlySpan<byte> from = samples[..(columns * stored)];
            Span<byte> to = _band.AsSpan(row * _layout.InterleavedRowLength + x * _layout.SampleLength * _layout.StoredChannels);
            if (_layout.Separate) TiffSamples.Interleave(from, plane, _layout.StoredChannels, _layout.SampleLength, to);
            else from.CopyTo(to);
        }
    }

    // The library premultiplies colors; the raster's pixels are 0xAABBGGRR.
    void ReadConverted(Span<byte> destination)
    {
        int[] raster = new int[checked(Info.Width * Info.Height)];
        Orientation stored = (Orientation)(int)Orientation;
        if (!_tiff.ReadRGBAImageOriented(Info.Width, Info.Height, raster, stored, true)) Damaged("the pixels");
        for (int i = 0, to = 0; i < raster.Length; i++, to += 3)
        {
            destination[to] = (byte)raster[i];
            destination[to + 1] = (byte)(raster[i] >> 8);
            destination[to + 2] = (byte)(raster[i] >> 16);
        }
    }

    void Damaged(string part) => Throw.Codec(Number(TiffTag.COMPRESSION) == (int)Compression.OJPEG
        ? $"this variant of old-style JPEG in TIFF (compression 6) is not supported{Reason(": ")}; convert the file"
        : $"{part} cannot be decoded{Reason(": ")}; the file is damaged");

    string Reason(string before) => _source.Error is { } error ? before + error : "";

    int Number(TiffTag tag) => _tiff.GetField(tag) is [var value, ..] ? value.ToInt() : 0;

    public override void Dispose()
    {
        _tiff.Dispose();
        base.Dispose();
    }
}
