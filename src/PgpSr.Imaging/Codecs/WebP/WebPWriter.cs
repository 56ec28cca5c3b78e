using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>Lays a frame and metadata into a container: the simple one where the frame is all there is, the extended one otherwise.</summary>
static class WebPWriter
{
    const byte IccFlag = 0x20, AlphaFlag = 0x10, ExifFlag = 0x08, XmpFlag = 0x04;

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="source">The file that the frame's chunks lie in.</param>
    /// <param name="frame">The picture.</param>
    /// <param name="icc">A profile, or null.</param>
    /// <param name="exif">A TIFF structure, or null.</param>
    /// <param name="xmp">A packet, or null.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> source, WebPFrame frame, byte[]? icc, byte[]? exif, byte[]? xmp)
    {
        using MemoryStream body = new();
        body.Write("WEBP"u8);
        if (frame.Alpha is not null || icc is not null || exif is not null || xmp is not null)
        {
            Span<byte> header = stackalloc byte[10];
            header.Clear();
            header[0] = (byte)((icc is null ? 0 : IccFlag) | (frame.HasAlpha ? AlphaFlag : 0) | (exif is null ? 0 : ExifFlag) | (xmp is null ? 0 : XmpFlag));
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], frame.Width - 1);
            // Three bytes each: the second overwrites the first's empty fourth.
            BinaryPrimitives.WriteUInt16LittleEndian(header[7..], (ushort)(frame.Height - 1));
            WebPChunk.Write(body, WebPChunk.Extended, header);
        }
        if (icc is not null) WebPChunk.Write(body, WebPChunk.Icc, icc);
        if (frame.Alpha is { } alpha) WebPChunk.Write(body, WebPChunk.Alpha, alpha.Payload(source));
        WebPChunk.Write(body, frame.Pixels.Kind, frame.Pixels.Payload(source));
        if (exif is not null) WebPChunk.Write(body, WebPChunk.Exif, exif);
        if (xmp is not null) WebPChunk.Write(body, WebPChunk.Xmp, xmp);
        Span<byte> riff = stackalloc byte[8];
        "RIFF"u8.CopyTo(riff);
        BinaryPrimitives.WriteInt32LittleEndian(riff[4..], checked((int)body.Length));
        stream.Write(riff);
        body.WriteTo(stream);
    }
}
