using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// TIFF of 8 or 16 bit in deflated strips with horizontal prediction, little-endian; BigTIFF where 4 GiB could be passed. LibTiff.NET writes the
/// directory; strips are predicted and deflated here, by the runtime's inflater and in parallel.
/// </summary>
sealed class TiffEncoder : RowEncoder
{
    const int StripLength = 1 << 19;

    // Room for directory, metadata and incompressible strips below the 4 GiB that 32-bit offsets reach.
    const long ClassicLimit = (1L << 32) - (1L << 28);

    readonly Stream _stream;
    readonly long _start;
    readonly ImageInfo _info;
    readonly ImageMetadata _metadata;
    readonly CompressionLevel _level;
    readonly LibTiff _tiff;
    readonly TiffSource _source;
    readonly Queue<Task<byte[]>> _inFlight = new();
    readonly int _rowsPerStrip;
    readonly bool _big;
    byte[] _strip;
    int _rowsInStrip, _stripsWritten;

    public TiffEncoder(Stream stream, ImageInfo info, ImageMetadata metadata, ImageSaveOptions options)
    {
        if (!stream.CanSeek || !stream.CanRead)
            Throw.Codec("TIFF is written to streams that can seek and read only; write to a MemoryStream first");
        TiffMessages.Install();
        _stream = stream;
        _start = stream.Position;
        _info = info;
        _metadata = metadata;
        _level = options.Effort switch
        {
            CompressionEffort.Fast => CompressionLevel.Fastest,
            CompressionEffort.Smallest => CompressionLevel.SmallestSize,
            _ => CompressionLevel.Optimal,
        };
        _big = info.Length > ClassicLimit;
        _rowsPerStrip = Math.Clamp(StripLength / info.RowLength, 1, info.Height);
        _strip = new byte[_rowsPerStrip * info.RowLength];
        _source = new TiffSource(stream);
        _tiff = LibTiff.ClientOpen("tiff", _big ? "wl8" : "wl", _source, _source)
            ?? Throw.Codec<LibTiff>(_source.Error ?? "the file cannot be begun");
        WriteFields();
    }

    void WriteFields()
    {
        _tiff.SetField(TiffTag.IMAGEWIDTH, _info.Width);
        _tiff.SetField(TiffTag.IMAGELENGTH, _info.Height);
        _tiff.SetField(TiffTag.SAMPLESPERPIXEL, _info.Channels);
        _tiff.SetField(TiffTag.BITSPERSAMPLE, _info.BitDepth);
        _tiff.SetField(TiffTag.PHOTOMETRIC, _info.ColourChannels == 1 ? Photometric.MINISBLACK : Photometric.RGB);
        _tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        _tiff.SetField(TiffTag.ROWSPERSTRIP, _rowsPerStrip);
        _tiff.SetField(TiffTag.COMPRESSION, Compression.ADOBE_DEFLATE);
        _tiff.SetField(TiffTag.PREDICTOR, Predictor.HORIZONTAL);
        _tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
        if (_info.HasAlpha)
            _tiff.SetField(TiffTag.EXTRASAMPLES, 1, (short[])[(short)ExtraSample.UNASSALPHA]);
        TiffMetadata.Write(_tiff, _info, _metadata);
        // Before the first strip: after it, the library lets no field change.
        if (!_big && _metadata.Exif is { } exif && Exif.IsValid(exif))
            WriteExif(exif);
    }

    public override void WriteRows(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_info.RowLength..])
        {
            rows[.._info.RowLength].CopyTo(_strip.AsSpan(_rowsInStrip * _info.RowLength));
            if (++_rowsInStrip == _rowsPerStrip)
                Submit();
        }
    }

    void Submit()
    {
        byte[] strip = _strip;
        int length = _rowsInStrip * _info.RowLength;
        _strip = new byte[strip.Length];
        _rowsInStrip = 0;
        _inFlight.Enqueue(Task.Run(() => Compress(strip.AsSpan(0, length))));
        if (_inFlight.Count > Environment.ProcessorCount)
            WriteStrip();
    }

    void WriteStrip()
    {
        byte[] bytes = _inFlight.Dequeue().GetAwaiter().GetResult();
        if (_tiff.WriteRawStrip(_stripsWritten, bytes, bytes.Length) < 0)
            Throw.Codec(_source.Error ?? $"strip {_stripsWritten} cannot be written");
        _stripsWritten++;
    }

    byte[] Compress(Span<byte> strip)
    {
        for (int at = 0; at < strip.Length; at += _info.RowLength)
        {
            Span<byte> row = strip.Slice(at, _info.RowLength);
            if (_info.BitDepth == 8)
                Predict(row, _info.Channels);
            else
                Predict(MemoryMarshal.Cast<byte, ushort>(row), _info.Channels);
        }
        using MemoryStream result = new();
        using (ZLibStream deflate = new(result, _level, leaveOpen: true))
            deflate.Write(strip);
        return result.ToArray();
    }

    // From right to left, so that every left neighbour is still itself (TIFF 6.0, section 14).
    static void Predict(Span<byte> row, int channels)
    {
        for (int i = row.Length - 1; i >= channels; i--)
            row[i] -= row[i - channels];
    }

    static void Predict(Span<ushort> row, int channels)
    {
        for (int i = row.Length - 1; i >= channels; i--)
            row[i] -= row[i - channels];
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(row, row);
    }

    public override void Complete()
    {
        if (_rowsInStrip > 0)
            Submit();
        while (_inFlight.Count > 0)
            WriteStrip();
        if (!_tiff.WriteDirectory())
            Throw.Codec(_source.Error ?? "the directory cannot be written");
        _tiff.Close();
    }

    void WriteExif(byte[] exif)
    {
        bool bigEndian = Exif.IsBigEndian(exif);
        foreach (ExifEntry e in Exif.ReadDirectory(exif,
            bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(exif.AsSpan(4)) : BinaryPrimitives.ReadUInt32LittleEndian(exif.AsSpan(4))))
            if (TiffExif.Carried.Contains(e.Tag))
                _tiff.SetField((TiffTag)e.Tag, Encoding.UTF8.GetString(e.Value).TrimEnd('\0'));
        Append(Exif.ExifDirectoryTag, TiffTag.EXIFIFD);
        Append(Exif.GpsDirectoryTag, TiffTag.GPSIFD);

        void Append(ushort tag, TiffTag field)
        {
            List<ExifEntry> entries = TiffExif.LittleEndian(Exif.ReadSubdirectory(exif, tag), bigEndian);
            // It points into the block that the entries came from.
            entries.RemoveAll(e => e.Tag == Exif.InteroperabilityTag);
            if (entries.Count == 0)
                return;
            _stream.Seek(0, SeekOrigin.End);
            if ((_stream.Position - _start) % 2 != 0)
                _stream.WriteByte(0);
            uint offset = (uint)(_stream.Position - _start);
            _stream.Write(TiffDirectoryBytes.Build(entries, [], [], [], offset, bigEndian: false, big: false));
            _tiff.SetField(field, offset);
        }
    }

    public override void Dispose()
    {
        foreach (Task<byte[]> task in _inFlight)
            task.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        _inFlight.Clear();
        base.Dispose();
    }
}
