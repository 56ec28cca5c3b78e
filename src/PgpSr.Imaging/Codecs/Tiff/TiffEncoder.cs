using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// TIFF of 8 or 16 bit in deflated strips with horizontal prediction, little-endian; BigTIFF where 4 GiB could be passed. Strips are predicted and
/// deflated in parallel and written as they come; the directory with all metadata stands at the end (TIFF 6.0; Adobe's technical note on deflate).
/// </summary>
sealed class TiffEncoder : RowEncoder
{
    const int StripLength = 1 << 19;

    // Room for directory, metadata and incompressible strips below the 4 GiB that 32-bit offsets reach.
    const long ClassicLimit = (1L << 32) - (1L << 28);
    const ushort AdobeDeflate = 8, HorizontalPrediction = 2, BlackIsZero = 1, Rgb = 2, UnassociatedAlpha = 2;

    readonly Stream _stream;
    readonly long _start;
    readonly ImageInfo _info;
    readonly CompressionLevel _level;
    readonly TiffFieldList _fields = new();
    readonly Queue<Task<byte[]>> _inFlight = new();
    readonly List<long> _offsets = [], _lengths = [];
    readonly int _rowsPerStrip;
    readonly bool _big;
    byte[] _strip;
    int _rowsInStrip;

    public TiffEncoder(Stream stream, ImageInfo info, ImageMetadata metadata, ImageSaveOptions options)
    {
        if (!stream.CanSeek) Throw.Codec("TIFF can only be written to seekable streams; write to a MemoryStream first");
        _stream = stream;
        _start = stream.Position;
        _info = info;
        _level = options.Effort switch
        {
            CompressionEffort.Fast => CompressionLevel.Fastest,
            CompressionEffort.Smallest => CompressionLevel.SmallestSize,
            _ => CompressionLevel.Optimal,
        };
        _big = info.Length > ClassicLimit;
        _rowsPerStrip = Math.Clamp(StripLength / info.RowLength, 1, info.Height);
        _strip = new byte[_rowsPerStrip * info.RowLength];
        AddFields();
        _fields.AddMetadata(metadata);
        WriteHeader(0);
    }

    void AddFields()
    {
        _fields.AddLong(256, _info.Width);
        _fields.AddLong(257, _info.Height);
        ushort[] bits = new ushort[_info.Channels];
        Array.Fill(bits, (ushort)_info.BitDepth);
        _fields.AddShort(258, bits);
        _fields.AddShort(259, AdobeDeflate);
        _fields.AddShort(262, _info.ColorChannels == 1 ? BlackIsZero : Rgb);
        _fields.AddShort(274, (ushort)ImageOrientation.TopLeft);
        _fields.AddShort(277, (ushort)_info.Channels);
        _fields.AddLong(278, _rowsPerStrip);
        // Samples of a pixel stand together.
        _fields.AddShort(284, 1);
        _fields.AddShort(317, HorizontalPrediction);
        if (_info.HasAlpha) _fields.AddShort(338, UnassociatedAlpha);
    }

    // BigTIFF: offsets of 8 bytes.
    void WriteHeader(long directory)
    {
        _stream.Position = _start;
        _stream.Write(_big ? "II+\0\u0008\0\0\0"u8 : "II*\0"u8);
        _stream.Write(TiffDirectoryBytes.Number(directory, _big ? 8 : 4, bigEndian: false));
    }

    public override void WriteRows(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_info.RowLength..])
        {
            rows[.._info.RowLength].CopyTo(_strip.AsSpan(_rowsInStrip * _info.RowLength));
            if (++_rowsInStrip == _rowsPerStrip) Submit();
        }
    }

    void Submit()
    {
        byte[] strip = _strip;
        int length = _rowsInStrip * _info.RowLength;
        _strip = new byte[strip.Length];
        _rowsInStrip = 0;
        // Not on a thread of the pool, as in PngEncoder.
        _inFlight.Enqueue(Task.Factory.StartNew(
            () => Compress(strip.AsSpan(0, length)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        if (_inFlight.Count > Math.Min(Environment.ProcessorCount, MostInFlight)) WriteStrip();
    }

    void WriteStrip()
    {
        byte[] bytes = _inFlight.Dequeue().GetAwaiter().GetResult();
        _offsets.Add(_stream.Position - _start);
        _lengths.Add(bytes.Length);
        _stream.Write(bytes);
    }

    byte[] Compress(Span<byte> strip)
    {
        for (int at = 0; at < strip.Length; at += _info.RowLength)
        {
            Span<byte> row = strip.Slice(at, _info.RowLength);
            if (_info.BitDepth == 8) Predict(row, _info.Channels);
            else Predict(MemoryMarshal.Cast<byte, ushort>(row), _info.Channels);
        }
        using MemoryStream result = new();
        using (ZLibStream deflate = new(result, _level, leaveOpen: true))
            deflate.Write(strip);
        return result.ToArray();
    }

    // From right to left, so that every left neighbor is still itself (TIFF 6.0, section 14).
    static void Predict(Span<byte> row, int channels)
    {
        for (int i = row.Length - 1; i >= channels; i--) row[i] -= row[i - channels];
    }

    static void Predict(Span<ushort> row, int channels)
    {
        for (int i = row.Length - 1; i >= channels; i--) row[i] -= row[i - channels];
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(row, row);
    }

    public override void Complete()
    {
        if (_rowsInStrip > 0) Submit();
        while (_inFlight.Count > 0) WriteStrip();
        _fields.AddOffsets(273, _offsets, _big);
        _fields.AddOffsets(279, _lengths, _big);
        // Directories begin at even offsets.
        if ((_stream.Position - _start) % 2 != 0) _stream.WriteByte(0);
        long directory = _stream.Position - _start;
        byte[] bytes = _fields.ToBytes(directory, _big);
        if (!_big && directory + bytes.Length > uint.MaxValue) Throw.Codec("picture and metadata exceed the 4 GiB of a TIFF");
        _stream.Write(bytes);
        WriteHeader(directory);
        _stream.Seek(0, SeekOrigin.End);
    }

    public override void Dispose()
    {
        foreach (Task<byte[]> task in _inFlight) task.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        _inFlight.Clear();
        base.Dispose();
    }
}
