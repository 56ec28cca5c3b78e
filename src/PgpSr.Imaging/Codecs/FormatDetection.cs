using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs;

/// <summary>Tells formats apart by their first bytes.</summary>
static class FormatDetection
{
    const int TgaHeaderLength = 18;

    public static ImageFormat Detect(Stream stream)
    {
        Span<byte> head = stackalloc byte[TgaHeaderLength];
        long start = stream.Position;
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = start;
        head = head[..length];
        if (length == 0) Throw.Codec("the file is empty");
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])) return ImageFormat.Png;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return ImageFormat.Jpeg;
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8) || head.StartsWith("II+\0"u8) || head.StartsWith("MM\0+"u8))
            return ImageFormat.Tiff;
        if (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8)) return ImageFormat.Gif;
        if (head.StartsWith("BM"u8)) return ImageFormat.Bmp;
        if (head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8))
            return ImageFormats.WebP is not null ? ImageFormat.WebP : Throw.Codec<ImageFormat>(
                "reading WebP needs the package PgpSr.Imaging.WebP; call its WebP.Register(), or convert the file to PNG");
        if (head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8)) Throw.Codec("HEIC, HEIF and AVIF are not supported; convert the file to PNG");
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || head.StartsWith("\0\0\0\u000CJXL "u8))
            Throw.Codec("JPEG XL is not supported; convert the file to PNG");
        if (LooksLikeTga(head)) return ImageFormat.Tga;
        return Throw.Codec<ImageFormat>($"the format is not recognized; {ImageFormats.ReadNames} are supported");
    }

    // TGA has no signature: the header's enumerations and its size must all be plausible (Truevision TGA 2.0, "Developer Image Format").
    static bool LooksLikeTga(ReadOnlySpan<byte> head)
    {
        if (head.Length < TgaHeaderLength || head[1] > 1) return false;
        bool type = head[2] is 1 or 2 or 3 or 9 or 10 or 11;
        bool depth = head[16] is 8 or 15 or 16 or 24 or 32;
        bool size = BinaryPrimitives.ReadUInt16LittleEndian(head[12..]) > 0 && BinaryPrimitives.ReadUInt16LittleEndian(head[14..]) > 0;
        return type && depth && size;
    }

    /// <summary>The whole of a stream that cannot seek, in memory.</summary>
    public static MemoryStream Buffer(Stream stream, ImageLimits limits, CancellationToken cancellation)
    {
        MemoryStream buffer = new();
        byte[] block = new byte[1 << 16];
        for (int read; (read = Read(stream, block, cancellation)) > 0;) Append(buffer, block.AsSpan(0, read), limits);
        buffer.Position = 0;
        return buffer;
    }

    /// <summary>The same of a stream that is read asynchronously only.</summary>
    public static async Task<MemoryStream> BufferAsync(Stream stream, ImageLimits limits, CancellationToken cancellation)
    {
        MemoryStream buffer = new();
        byte[] block = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(block, cancellation).ConfigureAwait(false)) > 0;) Append(buffer, block.AsSpan(0, read), limits);
        buffer.Position = 0;
        return buffer;
    }

    static void Append(MemoryStream buffer, ReadOnlySpan<byte> block, ImageLimits limits)
    {
        if (buffer.Length + block.Length > limits.MaxBufferedStreamBytes)
            Throw.Codec($"the stream exceeds {limits.MaxBufferedStreamBytes} bytes (ImageLimits.MaxBufferedStreamBytes)");
        buffer.Write(block);
    }

    // A pipe keeps its reader until somebody writes: the one who waits here must be able to leave.
    static int Read(Stream stream, byte[] block, CancellationToken cancellation) => cancellation.CanBeCanceled
        ? Task.Run(() => stream.Read(block), CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult()
        : stream.Read(block);
}
