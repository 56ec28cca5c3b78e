using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>PNG of 8 or 16 bit, gray or RGB, with or without alpha: rows > blocks, filtered and deflated in parallel > one IDAT chunk each.</summary>
sealed class PngEncoder : RowEncoder
{
    // Large enough that starting each block without history costs little, small enough for a few to be in flight: benchmarks/NOTEBOOK.md, "Imaging:
    // PNG".
    const int BlockLength = 1 << 19;

    // From this length on, a text is worth deflating.
    const int LongText = 1024;
    const int MaxKeywordLength = 79;

    readonly Stream _stream;
    readonly ImageInfo _info;
    readonly CompressionEffort _effort;
    readonly Queue<(PngBlock Block, Task<ReadOnlyMemory<byte>> Bytes)> _inFlight = new();
    readonly int _rowsPerBlock;
    readonly Stack<PngBlock> _idle = new();
    PngBlock _block;
    uint _adler = 1;
    bool _first = true;

    public PngEncoder(Stream stream, ImageInfo info, ImageMetadata metadata, ImageSaveOptions options)
    {
        _stream = stream;
        _info = info;
        _effort = options.Effort;
        _rowsPerBlock = Math.Max(1, BlockLength / info.RowLength);
        _block = NextBlock([]);
        stream.Write(PngChunk.Signature);
        WriteHeader();
        WriteMetadata(metadata);
    }

    void WriteHeader()
    {
        Span<byte> header = stackalloc byte[PngHeader.Length];
        BinaryPrimitives.WriteInt32BigEndian(header, _info.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], _info.Height);
        header[8] = (byte)_info.BitDepth;
        header[9] = (byte)(_info.Channels switch
        {
            1 => PngColorType.Gray,
            2 => PngColorType.GrayAlpha,
            3 => PngColorType.Rgb,
            _ => PngColorType.Rgba,
        });
        header[10..].Clear();
        PngChunk.Write(_stream, "IHDR"u8, header);
    }

    void WriteMetadata(ImageMetadata metadata)
    {
        if (metadata.CodePoints is { Length: 4 } codePoints) PngChunk.Write(_stream, "cICP"u8, codePoints);
        byte[]? icc = metadata.IccProfileFor(_info.ColorChannels);
        if (icc is not null) PngChunk.Write(_stream, "iCCP"u8, [.. "ICC profile"u8, 0, 0, .. Deflate(icc)]);
        else if (metadata.SrgbIntent is { } intent) PngChunk.Write(_stream, "sRGB"u8, [intent]);
        Span<byte> numbers = stackalloc byte[32];
        if (metadata.Gamma is { } gamma)
        {
            BinaryPrimitives.WriteUInt32BigEndian(numbers, gamma);
            PngChunk.Write(_stream, "gAMA"u8, numbers[..4]);
        }
        if (metadata.Chromaticities is { Length: 8 } chromaticities)
        {
            for (int i = 0; i < chromaticities.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(numbers[(4 * i)..], chromaticities[i]);
            PngChunk.Write(_stream, "cHRM"u8, numbers);
        }
        if (metadata.Resolution is { } resolution)
        {
            ImageResolution perMeter = resolution.In(ResolutionUnit.Meter);
            bool unitless = resolution.Unit == ResolutionUnit.None;
            BinaryPrimitives.WriteUInt32BigEndian(numbers, ToUInt(unitless ? resolution.Horizontal : perMeter.Horizontal));
            BinaryPrimitives.WriteUInt32BigEndian(numbers[4..], ToUInt(unitless ? resolution.Vertical : perMeter.Vertical));
            numbers[8] = (byte)(unitless ? 0 : 1);
            PngChunk.Write(_stream, "pHYs"u8, numbers[..9]);
        }
        if (metadata.Exif is { } exif) PngChunk.Write(_stream, "eXIf"u8, exif);
        if (metadata.Xmp is { } xmp) PngChunk.Write(_stream, "iTXt"u8, [.. "XML:com.adobe.xmp"u8, 0, 0, 0, 0, 0, .. xmp]);
        foreach (KeyValuePair<string, string> text in metadata.Text) WriteText(text.Key, text.Value);
        byte[] blocks = PhotoshopBlocks.Join(metadata.Iptc, metadata.PhotoshopResources);
        if (blocks.Length > 0)
        {
            string name = metadata.PhotoshopResources is null ? "iptc" : "8bim";
            PngChunk.Write(_stream, "zTXt"u8,
                [.. Encoding.ASCII.GetBytes(RawProfile.Keyword + name), 0, 0, .. Deflate(Encoding.ASCII.GetBytes(RawProfile.Encode(name, blocks)))]);
        }
    }

    static uint ToUInt(double value) => (uint)Math.Clamp(Math.Round(value), 0, int.MaxValue);

    void WriteText(string keyword, string text)
    {
        byte[] key = Encoding.Latin1.GetBytes(keyword.Trim());
        if (key.Length == 0) return;
        key = key[..Math.Min(key.Length, MaxKeywordLength)];
        bool latin = text.All(c => c is (>= ' ' and <= '~') or '\n' or (>= '\u00A0' and <= '\u00FF'));
        if (latin && text.Length < LongText) PngChunk.Write(_stream, "tEXt"u8, [.. key, 0, .. Encoding.Latin1.GetBytes(text)]);
        else if (text.Length < LongText) PngChunk.Write(_stream, "iTXt"u8, [.. key, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)]);
        else PngChunk.Write(_stream, "iTXt"u8, [.. key, 0, 1, 0, 0, 0, .. Deflate(Encoding.UTF8.GetBytes(text))]);
    }

    static byte[] Deflate(byte[] data)
    {
        using MemoryStream result = new();
        using (ZLibStream deflate = new(result, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return result.ToArray();
    }

    public override void WriteRows(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_info.RowLength..])
        {
            if (_block.Count == _block.Capacity) Submit(last: false);
            ReadOnlySpan<byte> row = rows[.._info.RowLength];
            Span<byte> destination = _block.AddRow();
            if (_info.BitDepth == 16 && BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(row), MemoryMarshal.Cast<byte, ushort>(destination));
            else
                row.CopyTo(destination);
        }
    }

    void Submit(bool last)
    {
        PngBlock block = _block;
        if (!last) _block = NextBlock(block.Row(block.Count - 1));
        // On a thread of its own: on all threads of the pool, blocks would make a service's requests wait.
        _inFlight.Enqueue((block, Task.Factory.StartNew(
            () => block.Compress(last), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        while (_inFlight.Count > (last ? 0 : Math.Min(Environment.ProcessorCount, MostInFlight))) WriteBlock(last && _inFlight.Count == 1);
    }

    PngBlock NextBlock(ReadOnlySpan<byte> previous)
    {
        if (!_idle.TryPop(out PngBlock? block)) block = new(_info.PixelLength, _info.RowLength, Math.Min(_rowsPerBlock, _info.Height), _effort);
        block.Begin(previous);
        return block;
    }

    void WriteBlock(bool last)
    {
        (PngBlock block, Task<ReadOnlyMemory<byte>> task) = _inFlight.Dequeue();
        ReadOnlySpan<byte> bytes = task.GetAwaiter().GetResult().Span;
        _adler = Adler32.Combine(_adler, block.Adler, block.FilteredLength);
        // zlib header (RFC 1950, 2.2): deflate with a 32 KiB window, default level, no dictionary.
        ReadOnlySpan<byte> head = _first ? [0x78, 0x9C] : [];
        _first = false;
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(tail, _adler);
        PngChunk.Write(_stream, "IDAT"u8, [.. head, .. bytes, .. last ? tail : []]);
        _idle.Push(block);
    }

    public override void Complete()
    {
        Submit(last: true);
        PngChunk.Write(_stream, "IEND"u8, []);
    }

    public override void Dispose()
    {
        // A failed write leaves tasks behind; they touch only their own memory, and their results are no longer wanted.
        foreach ((_, Task<ReadOnlyMemory<byte>> task) in _inFlight) task.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        _inFlight.Clear();
        _block.Dispose();
        foreach (PngBlock block in _idle) block.Dispose();
        base.Dispose();
    }
}
