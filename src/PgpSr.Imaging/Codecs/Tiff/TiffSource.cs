using BitMiracle.LibTiff.Classic;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>What LibTiff.NET reads and writes through, and where its messages for one file arrive.</summary>
sealed class TiffSource(Stream stream) : TiffStream
{
    readonly long _start = stream.Position;

    /// <summary>The last error of this file, or null.</summary>
    public string? Error { get; set; }

    public IList<string>? Warnings { get; init; }

    public override int Read(object clientData, byte[] buffer, int offset, int count) =>
        stream.ReadAtLeast(buffer.AsSpan(offset, count), count, throwOnEndOfStream: false);

    public override void Write(object clientData, byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

    public override long Seek(object clientData, long offset, SeekOrigin origin)
    {
        // LibTiff.NET uses offsets of 32 bits with the sign bit set for "beyond everything".
        if (offset < 0) Throw.Codec("an offset lies outside the file; it is damaged");
        return stream.Seek(origin == SeekOrigin.Begin ? offset + _start : offset, origin) - _start;
    }

    public override long Size(object clientData) => stream.Length - _start;

    public override void Close(object clientData)
    {
    }
}
