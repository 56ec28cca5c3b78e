using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>
/// The container of a WebP file (RFC 9649, 2), walked and checked before anything is decoded: every chunk lies within the file, the canvas agrees with
/// the frame's own header, a picture of an animation lies on the canvas.
/// </summary>
sealed class WebPContainer
{
    const int RiffHeaderLength = 12, ExtendedLength = 10, FramePositionLength = 16;

    readonly byte[] _file;

    public WebPContainer(byte[] file, ImageLimits limits, ImageMetadata metadata)
    {
        _file = file;
        ReadOnlySpan<byte> bytes = file;
        if (bytes.Length < RiffHeaderLength + WebPChunk.HeaderLength) Throw.Truncated("the header");
        long end = 8L + BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (end > bytes.Length) Throw.Codec($"the header says {end} bytes, the file has {bytes.Length}; it is truncated");
        if (end < RiffHeaderLength + WebPChunk.HeaderLength) Throw.Codec($"the header says {end} bytes, too few for a picture; the file is damaged");
        if (end < bytes.Length) metadata.Warnings.Add($"{bytes.Length - end} bytes behind the end of the picture were left out");
        List<WebPChunk> chunks = WebPChunk.Walk(bytes, RiffHeaderLength, (int)end);
        WebPChunk first = chunks[0];
        if (first.Kind == WebPChunk.Extended)
        {
            ReadExtended(chunks, limits, metadata);
            return;
        }
        // Without VP8X there is one chunk, and nothing else counts (2.5, 2.6).
        if (first.Kind != WebPChunk.Lossy && first.Kind != WebPChunk.Lossless)
            Throw.Codec($"it begins with the chunk '{first.Name}', which no WebP file does; it is damaged");
        Frame = WebPFrame.Read(bytes, [first]);
        (Width, Height) = (Frame.Width, Frame.Height);
        limits.CheckSize(Width, Height);
    }

    /// <summary>Columns of the canvas.</summary>
    public int Width { get; private set; }

    /// <summary>Rows of the canvas.</summary>
    public int Height { get; private set; }

    /// <summary>The picture, or the first of an animation.</summary>
    public WebPFrame Frame { get; private set; }

    /// <summary>Where on the canvas it lies.</summary>
    public (int X, int Y) Position { get; private set; }

    /// <summary>Whether the picture covers the canvas.</summary>
    public bool Covers => Frame.Width == Width && Frame.Height == Height;

    void ReadExtended(List<WebPChunk> chunks, ImageLimits limits, ImageMetadata metadata)
    {
        const int AnimationFlag = 2;
        ReadOnlySpan<byte> header = chunks[0].Payload(_file);
        if (header.Length < ExtendedLength) Throw.Truncated("the chunk 'VP8X'");
        (Width, Height) = (UInt24(header[4..]) + 1, UInt24(header[7..]) + 1);
        limits.CheckSize(Width, Height);
        ReadMetadata(chunks, limits, metadata);
        if ((header[0] & AnimationFlag) == 0)
        {
            Frame = WebPFrame.Read(_file, chunks);
            if (!Covers) Throw.Codec($"the container says {Width}x{Height} pixels, the picture {Frame.Width}x{Frame.Height}; the file is damaged");
            return;
        }
        WebPChunk[] frames = [.. chunks.Where(chunk => chunk.Kind == WebPChunk.Frame)];
        if (frames.Length == 0) Throw.Codec("the animation contains no picture; the file is damaged");
        if (frames.Length > 1) metadata.Lose(ImageMetadata.OtherPictures);
        ReadFrame(frames[0]);
    }

    void ReadFrame(WebPChunk chunk)
    {
        ReadOnlySpan<byte> position = chunk.Payload(_file);
        if (position.Length < FramePositionLength) Throw.Truncated("the chunk 'ANMF'");
        // Places are stored halved (2.7.1.1).
        Position = (UInt24(position) * 2, UInt24(position[3..]) * 2);
        int width = UInt24(position[6..]) + 1, height = UInt24(position[9..]) + 1;
        Frame = WebPFrame.Read(_file, WebPChunk.Walk(_file, chunk.Offset + FramePositionLength, chunk.Offset + chunk.Length));
        if (width != Frame.Width || height != Frame.Height)
            Throw.Codec($"the animation says {width}x{height} pixels, its first picture {Frame.Width}x{Frame.Height}; the file is damaged");
        if (width > Width - Position.X || height > Height - Position.Y)
            Throw.Codec("the first picture of the animation lies outside its canvas; the file is damaged");
    }

    void ReadMetadata(List<WebPChunk> chunks, ImageLimits limits, ImageMetadata metadata)
    {
        long length = 0;
        foreach (WebPChunk chunk in chunks)
        {
            if (chunk.IsPixels) continue;
            if (chunk.Kind != WebPChunk.Icc && chunk.Kind != WebPChunk.Exif && chunk.Kind != WebPChunk.Xmp)
            {
                metadata.Lose($"WebP chunk {MetadataText.Quote(chunk.Name)} ({MetadataText.Size(chunk.Length)})");
                continue;
            }
            if ((length += chunk.Length) > limits.MaxMetadataBytes)
                Throw.Codec($"metadata exceed {limits.MaxMetadataBytes} bytes (ImageLimits.MaxMetadataBytes)");
            byte[] payload = chunk.Payload(_file).ToArray();
            if (chunk.Kind == WebPChunk.Icc) metadata.IccProfile ??= payload;
            else if (chunk.Kind == WebPChunk.Xmp) metadata.Xmp ??= payload;
            else ReadExif(payload, metadata);
        }
    }

    // Some writers put JPEG's prefix before it.
    static void ReadExif(byte[] payload, ImageMetadata metadata)
    {
        ReadOnlySpan<byte> prefix = "Exif\0\0"u8, exif = payload;
        if (exif.StartsWith(prefix)) exif = exif[prefix.Length..];
        if (Exif.IsValid(exif)) metadata.Exif ??= exif.ToArray();
        else metadata.Warnings.Add("the EXIF data are damaged and were left out");
    }

    /// <summary>The frame as a file of its own, without metadata and animation.</summary>
    public byte[] Still()
    {
        using MemoryStream file = new();
        WebPWriter.Write(file, _file, Frame, icc: null, exif: null, xmp: null);
        return file.ToArray();
    }

    static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
