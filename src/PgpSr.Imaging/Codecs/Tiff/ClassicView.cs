using System.Buffers.Binary;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// A BigTIFF of big byte order as a classic TIFF of the same byte order, which LibTiff.NET reads where it fails on the other: another header, and
/// the first directory again behind the file's end. Checked by <see cref="TiffDirectoryCheck"/> before.
/// </summary>
sealed class ClassicView : Stream
{
    const int HeaderLength = 8, BigHeaderLength = 16, EntryLength = 12, BigEntryLength = 20;
    const ushort Long = 4, Long8 = 16, Ifd8 = 18;

    readonly Stream _stream;
    readonly long _start, _length;
    readonly byte[] _header = new byte[HeaderLength];
    readonly byte[] _tail;
    long _position;

    /// <param name="stream">At the start of the file; stays open.</param>
    public ClassicView(Stream stream)
    {
        _stream = stream;
        _start = stream.Position;
        // Values that follow the directory begin at even offsets.
        _length = stream.Length - _start + 1 & ~1L;
        if (_length > uint.MaxValue - (1 << 24)) Throw.Codec("big-endian BigTIFF is supported up to 4 GiB; convert the file");
        byte[] big = ReadAt(0, BigHeaderLength);
        ulong directory = BinaryPrimitives.ReadUInt64BigEndian(big.AsSpan(8));
        int count = (int)BinaryPrimitives.ReadUInt64BigEndian(ReadAt((long)directory, 8));
        byte[] entries = ReadAt((long)directory + 8, count * BigEntryLength);
        byte[] next = ReadAt((long)directory + 8 + entries.Length, 8, mayEnd: true);

        "MM\0*"u8.CopyTo(_header);
        BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(4), (uint)_length);
        byte[] table = new byte[2 + count * EntryLength + 4];
        List<byte> values = [];
        BinaryPrimitives.WriteUInt16BigEndian(table, (ushort)count);
        for (int i = 0; i < count; i++)
            Translate(entries.AsSpan(i * BigEntryLength, BigEntryLength), table.AsSpan(2 + i * EntryLength, EntryLength), values,
                (uint)(_length + table.Length));
        // Of the other pages only whether there are any is asked.
        table[^1] = next.AsSpan().ContainsAnyExcept((byte)0) ? (byte)HeaderLength : (byte)0;
        _tail = [.. table, .. values];
    }

    void Translate(ReadOnlySpan<byte> big, Span<byte> entry, List<byte> values, uint valuesAt)
    {
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(big[2..]);
        long count = (long)BinaryPrimitives.ReadUInt64BigEndian(big[4..]);
        long length = count * Math.Max(1, TiffDirectoryCheck.TypeLength(type));
        bool wide = type is >= Long8 and <= Ifd8;
        big[..4].CopyTo(entry);
        BinaryPrimitives.WriteUInt32BigEndian(entry[4..], (uint)count);
        if (wide) BinaryPrimitives.WriteUInt16BigEndian(entry[2..], Long);
        if (!wide && length > 8)
        {
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], (uint)BinaryPrimitives.ReadUInt64BigEndian(big[12..]));
            return;
        }
        byte[] value = length <= 8 ? big.Slice(12, (int)length).ToArray()
            : ReadAt((long)BinaryPrimitives.ReadUInt64BigEndian(big[12..]), (int)length);
        if (wide) value = Narrow(value);
        if (value.Length <= 4)
        {
            value.CopyTo(entry[8..]);
            return;
        }
        BinaryPrimitives.WriteUInt32BigEndian(entry[8..], valuesAt + (uint)values.Count);
        values.AddRange(value);
        if (values.Count % 2 == 1) values.Add(0);
    }

    static byte[] Narrow(byte[] wide)
    {
        byte[] narrow = new byte[wide.Length / 2];
        for (int at = 0; at < wide.Length; at += 8)
        {
            ulong value = BinaryPrimitives.ReadUInt64BigEndian(wide.AsSpan(at));
            BinaryPrimitives.WriteUInt32BigEndian(narrow.AsSpan(at / 2), (uint)Math.Min(value, uint.MaxValue));
        }
        return narrow;
    }

    byte[] ReadAt(long offset, int length, bool mayEnd = false)
    {
        byte[] bytes = new byte[length];
        _stream.Position = _start + offset;
        if (_stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false) < length && !mayEnd) Throw.Truncated("the directory");
        return bytes;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length + _tail.Length;

    public override long Position { get => _position; set => _position = value; }

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_position < HeaderLength)
        {
            read = Math.Min(buffer.Length, HeaderLength - (int)_position);
            _header.AsSpan((int)_position, read).CopyTo(buffer);
        }
        else if (_position >= _length)
        {
            long at = Math.Min(_position - _length, _tail.Length);
            read = (int)Math.Min(buffer.Length, _tail.Length - at);
            _tail.AsSpan((int)at, read).CopyTo(buffer);
        }
        else
        {
            _stream.Position = _start + _position;
            read = _stream.Read(buffer[..(int)Math.Min(buffer.Length, _length - _position)]);
            // The byte that makes the length even.
            if (read == 0 && buffer.Length > 0) (buffer[0], read) = (0, 1);
        }
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => _position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
