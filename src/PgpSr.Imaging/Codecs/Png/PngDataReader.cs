using System.Buffers.Binary;
using System.IO.Hashing;

namespace PgpSr.Imaging.Codecs.Png;

/// <summary>The data of consecutive IDAT chunks as one stream; each chunk's CRC is checked where it ends.</summary>
sealed class PngDataReader(Stream stream, IReadOnlyList<(long Offset, int Length)> chunks) : Stream
{
    readonly Crc32 _crc = new();
    int _chunk = -1;
    int _left;
    bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (_left == 0)
        {
            if (_ended) return 0;
            if (_chunk >= 0) CheckCrc();
            _ended = ++_chunk == chunks.Count;
            if (_ended) return 0;
            _left = chunks[_chunk].Length;
            stream.Position = chunks[_chunk].Offset;
            _crc.Append("IDAT"u8);
        }
        int read = stream.Read(buffer[..Math.Min(buffer.Length, _left)]);
        if (read == 0 && buffer.Length > 0) Throw.Truncated("chunk IDAT");
        _crc.Append(buffer[..read]);
        _left -= read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads what the inflater left, so that every CRC is checked.</summary>
    public void Drain()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (Read(rest) > 0)
        {
        }
    }

    void CheckCrc()
    {
        Span<byte> stored = stackalloc byte[PngChunk.CrcLength];
        stream.ReadExactly(stored);
        Span<byte> found = stackalloc byte[PngChunk.CrcLength];
        _crc.GetHashAndReset(found);
        found.Reverse();
        if (!found.SequenceEqual(stored))
            Throw.Codec($"chunk IDAT number {_chunk} has a wrong CRC ({BinaryPrimitives.ReadUInt32BigEndian(stored):x8} stored, " +
                $"{BinaryPrimitives.ReadUInt32BigEndian(found):x8} computed); the file is damaged");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
