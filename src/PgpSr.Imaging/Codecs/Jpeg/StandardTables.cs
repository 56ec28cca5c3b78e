namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>A JPEG without Huffman tables, as motion JPEG has it, behind the tables of ITU-T T.81, annex K.3.</summary>
sealed class StandardTables : Stream
{
    // For each table its class and number, how many codes there are of 1 to 16 bits, and the codes' values in order.
    const string Tables =
        "00" + "00010501010101010100000000000000" + "000102030405060708090A0B" +
        "01" + "00030101010101010101010000000000" + "000102030405060708090A0B" +
        "10" + "0002010303020403050504040000017D" +
        "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A3435363738393A434445464748494A" +
        "535455565758595A636465666768696A737475767778797A838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7" +
        "C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA" +
        "11" + "00020102040403040705040400010277" +
        "0001020311040521310612415107617113223281081442" + "91A1B1C109233352F0156272D10A162434E125F11718191A262728292A35363738393A" +
        "434445464748494A535455565758595A636465666768696A737475767778797A82838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6" +
        "B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4F5F6F7F8F9FA";

    const int StartLength = 2, LengthLength = 2;

    readonly Stream _stream;
    readonly long _start;
    readonly byte[] _prefix;

    /// <param name="stream">At the start of the picture; stays open.</param>
    public StandardTables(Stream stream)
    {
        _stream = stream;
        _start = stream.Position + StartLength;
        byte[] tables = Convert.FromHexString(Tables);
        int length = tables.Length + LengthLength;
        _prefix = [0xFF, 0xD8, 0xFF, 0xC4, (byte)(length >> 8), (byte)length, .. tables];
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _stream.Length - _start + _prefix.Length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (Position < _prefix.Length)
        {
            read = Math.Min(buffer.Length, _prefix.Length - (int)Position);
            _prefix.AsSpan((int)Position, read).CopyTo(buffer);
        }
        else
        {
            _stream.Position = _start + Position - _prefix.Length;
            read = _stream.Read(buffer);
        }
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
