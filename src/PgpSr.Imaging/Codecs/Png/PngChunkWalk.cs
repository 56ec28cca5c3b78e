using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>One pass over a PNG's chunks: checks their order and CRCs, reads the small ones, remembers where the pixels are.</summary>
sealed class PngChunkWalk
{
    const string XmpKeyword = "XML:com.adobe.xmp";
    const int MaxPaletteLength = 256 * 3;
    const int MaxTransparencyLength = 256;

    readonly Stream _stream;
    readonly ImageLimits _limits;
    readonly ImageMetadata _metadata;
    int _metadataLeft;

    public PngChunkWalk(Stream stream, ImageLimits limits, ImageMetadata metadata)
    {
        _stream = stream;
        _limits = limits;
        _metadata = metadata;
        _metadataLeft = limits.MaxMetadataBytes;
        Walk();
    }

    public PngHeader Header { get; private set; }

    public byte[]? Palette { get; private set; }

    public byte[]? Transparency { get; private set; }

    public List<(long Offset, int Length)> DataChunks { get; } = [];

    public long DataLength { get; private set; }

    void Walk()
    {
        _stream.Position += PngChunk.Signature.Length;
        Span<byte> frame = stackalloc byte[PngChunk.HeaderLength];
        bool first = true, dataEnded = false;
        while (true)
        {
            int frameLength = _stream.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false);
            bool ended = frameLength < frame.Length;
            if (ended && DataChunks.Count == 0) Throw.Codec($"the file ends before chunk {(first ? "IHDR" : "IDAT")}; it is truncated");
            // The compressed pixels have an end and a checksum of their own, so that the end mark may be missing.
            if (ended)
            {
                _metadata.Warnings.Add("chunk IEND, the end mark, is missing");
                break;
            }
            uint length = BinaryPrimitives.ReadUInt32BigEndian(frame);
            uint type = PngChunk.Type(frame[4..]);
            long next = _stream.Position + length + PngChunk.CrcLength;
            if (type == PngChunk.Type("IEND"u8) && length == 0) break;
            if (length > int.MaxValue || next > _stream.Length) Throw.Truncated($"chunk {PngChunk.Name(type)}");
            if (first && type == PngChunk.Type("CgBI"u8)) Throw.Codec("PNG from iOS programs (CgBI) is not supported; convert the file");
            if (first && type != PngChunk.Type("IHDR"u8)) Throw.Codec("the first chunk is not IHDR");

            if (type == PngChunk.Type("IDAT"u8))
            {
                if (dataEnded) Throw.Codec("the IDAT chunks do not follow each other; the file is damaged");
                DataChunks.Add((_stream.Position, (int)length));
                DataLength += length;
            }
            else
            {
                dataEnded = DataChunks.Count > 0;
                Read(type, (int)length, first);
            }
            first = false;
            _stream.Position = next;
        }
        ReadRawProfiles();
        if (DataChunks.Count == 0) Throw.Codec("there is no chunk IDAT, so no pixels");
        if (Header.ColorType == PngColorType.Palette && Palette is null) Throw.Codec("the pixels index a palette, but there is no chunk PLTE");
    }

    void Read(uint type, int length, bool first)
    {
        if (PngChunk.IsAncillary(type))
        {
            // Transparency is no metadata: without it the picture would be another.
            bool transparency = type == PngChunk.Type("tRNS"u8);
            if (transparency && length > MaxTransparencyLength) Throw.Codec($"chunk tRNS has {length} bytes; a palette has 256 colors at most");
            if (length > _metadataLeft && !transparency)
                _metadata.Warnings.Add(
                    $"chunk {PngChunk.Name(type)} of {length} bytes was left out: metadata exceed {_limits.MaxMetadataBytes} bytes");
            else if (IsKnown(type))
                ReadAncillary(type, length);
            else if (!IsAboutStorage(type))
                _metadata.Lose(PngChunk.Name(type) == "caBX" ? "the content credentials (C2PA), which are valid for the source only"
                    : $"PNG chunk {PngChunk.Name(type)}");
            return;
        }
        if (type == PngChunk.Type("IHDR"u8))
        {
            if (!first) Throw.Codec("there are two chunks IHDR");
            if (length != PngHeader.Length) Throw.Codec($"chunk IHDR has {length} bytes instead of {PngHeader.Length}");
            Header = PngHeader.Parse(ReadChecked(type, length));
            _limits.CheckSize((uint)Header.Width, (uint)Header.Height);
        }
        else if (type == PngChunk.Type("PLTE"u8))
        {
            if (length is 0 or > MaxPaletteLength || length % 3 != 0)
                Throw.Codec($"chunk PLTE has {length} bytes; a palette has 1 to 256 colors of 3 bytes");
            Palette = ReadChecked(type, length);
        }
        else
        {
            Throw.Codec($"chunk {PngChunk.Name(type)} is not known and not optional");
        }
    }

    byte[] ReadChecked(uint type, int length) =>
        TryRead(type, length) ?? Throw.Codec<byte[]>($"chunk {PngChunk.Name(type)} has a wrong CRC; the file is damaged");

    byte[]? TryRead(uint type, int length)
    {
        byte[] data = new byte[length];
        _stream.ReadExactly(data);
        Span<byte> crc = stackalloc byte[PngChunk.CrcLength];
        _stream.ReadExactly(crc);
        return BinaryPrimitives.ReadUInt32BigEndian(crc) == PngChunk.Crc(type, data) ? data : null;
    }

    static bool IsKnown(uint type) => PngChunk.Name(type) is
        "tRNS" or "acTL" or "iCCP" or "eXIf" or "pHYs" or "gAMA" or "cHRM" or "sRGB" or "cICP" or "tEXt" or "zTXt" or "iTXt";

    // What ends with the source's own samples: palettes' uses, significant bits, the time of its last change, an animation's other pictures.
    static bool IsAboutStorage(uint type) => PngChunk.Name(type) is "hIST" or "sPLT" or "sBIT" or "tIME" or "fcTL" or "fdAT" or "iDOT";

    void ReadAncillary(uint type, int length)
    {
        string name = PngChunk.Name(type);
        if (TryRead(type, length) is not { } data)
        {
            // Losing transparency would change the picture; losing a text would not.
            if (name == "tRNS") Throw.Codec("chunk tRNS has a wrong CRC; the file is damaged");
            _metadata.Warnings.Add($"chunk {name} has a wrong CRC and was left out");
            return;
        }
        if (name != "tRNS") _metadataLeft -= length;
        try
        {
            Keep(name, data);
        }
        catch (InvalidDataException)
        {
            _metadata.Warnings.Add($"chunk {name} was left out: its compressed data are damaged");
        }
        catch (Exception e) when (e is CodecException or ArgumentException)
        {
            _metadata.Warnings.Add($"chunk {name} was left out: {e.Message}");
        }
    }

    void Keep(string name, byte[] data)
    {
        switch (name)
        {
            case "tRNS":
                Transparency ??= data;
                break;
            case "acTL" when data.Length == 8:
                if (BinaryPrimitives.ReadUInt32BigEndian(data) > 1) _metadata.Lose(ImageMetadata.OtherPictures);
                break;
            case "iCCP":
                int end = KeywordEnd(data);
                _metadata.IccProfile ??= Inflate(data.AsMemory(end + 2));
                break;
            case "eXIf":
                if (!Exif.IsValid(data)) Throw.Codec("it does not begin like a TIFF structure");
                _metadata.Exif ??= data;
                break;
            case "pHYs" when data.Length == 9:
                _metadata.Resolution ??= new(
                    BinaryPrimitives.ReadUInt32BigEndian(data),
                    BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4)),
                    data[8] == 1 ? ResolutionUnit.Meter : ResolutionUnit.None);
                break;
            case "gAMA" when data.Length == 4:
                _metadata.Gamma ??= BinaryPrimitives.ReadUInt32BigEndian(data);
                break;
            case "cHRM" when data.Length == 32:
                uint[] numbers = new uint[8];
                for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4 * i));
                _metadata.Chromaticities ??= numbers;
                break;
            case "sRGB" when data.Length == 1:
                _metadata.SrgbIntent ??= data[0];
                break;
            case "cICP" when data.Length == 4:
                _metadata.CodePoints ??= data;
                break;
            case "tEXt":
                end = KeywordEnd(data);
                AddText(Latin1(data.AsSpan(0, end)), MetadataText.Decode(data.AsSpan(end + 1)));
                break;
            case "zTXt":
                end = KeywordEnd(data);
                AddText(Latin1(data.AsSpan(0, end)), MetadataText.Decode(Inflate(data.AsMemory(end + 2))));
                break;
            case "iTXt":
                KeepInternationalText(data);
                break;
            default:
                Throw.Codec($"its length of {data.Length} bytes is wrong");
                break;
        }
    }

    // Keyword, 0, compression flag, compression method, language, 0, translated keyword, 0, text (11.3.3.4).
    void KeepInternationalText(byte[] data)
    {
        int end = KeywordEnd(data);
        int language = end + 3;
        int translated = language > data.Length ? -1 : data.AsSpan(language).IndexOf((byte)0);
        if (translated < 0) Throw.Codec("it ends inside its header");
        translated += language + 1;
        int text = data.AsSpan(translated).IndexOf((byte)0);
        if (text < 0) Throw.Codec("it ends inside its header");
        text += translated + 1;
        byte[] value = data[end + 1] == 0 ? data[text..] : Inflate(data.AsMemory(text));
        string keyword = Latin1(data.AsSpan(0, end));
        if (keyword == XmpKeyword) _metadata.Xmp ??= value;
        else AddText(keyword, MetadataText.Decode(value));
    }

    void AddText(string keyword, string text) => _metadata.Text.Add(new(keyword, text));

    // After all chunks, so that a chunk of its own goes before a text wherever it stands.
    void ReadRawProfiles()
    {
        var read = new bool[_metadata.Text.Count];
        for (int i = read.Length - 1; i >= 0; i--) read[i] = RawProfile.TryRead(_metadata.Text[i].Key, _metadata.Text[i].Value, _metadata);
        _metadata.RemoveTexts(i => read[i]);
    }

    static int KeywordEnd(byte[] data)
    {
        int end = data.AsSpan().IndexOf((byte)0);
        // At least one byte follows in every chunk with a keyword.
        if (end is < 1 or > 79 || end + 2 > data.Length) Throw.Codec("its keyword is not 1 to 79 bytes long");
        return end;
    }

    byte[] Inflate(ReadOnlyMemory<byte> compressed)
    {
        using MemoryStream source = new(compressed.ToArray());
        using ZLibStream inflater = new(source, CompressionMode.Decompress);
        using MemoryStream result = new();
        byte[] block = new byte[1 << 14];
        for (int read; (read = inflater.Read(block)) > 0;)
        {
            if ((_metadataLeft -= read) < 0) Throw.Codec($"metadata inflate to more than {_limits.MaxMetadataBytes} bytes");
            if (result.Length / _limits.MaxInflateRatio > compressed.Length) Throw.Codec($"it inflates more than {_limits.MaxInflateRatio} times");
            result.Write(block, 0, read);
        }
        return result.ToArray();
    }

    static string Latin1(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
