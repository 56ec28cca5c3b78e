using System.Buffers.Binary;
using System.Text;

namespace PgpSr.Onnx;

/// <summary>A message of protocol buffers, as pieces that are written one after the other: large fields are never copied.</summary>
sealed class ProtoMessage
{
    const int Varint = 0, Delimited = 2, Fixed32 = 5;

    readonly List<ReadOnlyMemory<byte>> _pieces = [];

    public long Length { get; private set; }

    public ProtoMessage Integer(int field, long value)
    {
        Header(field, Varint);
        Number((ulong)value);
        return this;
    }

    public ProtoMessage Float(int field, float value)
    {
        Header(field, Fixed32);
        byte[] bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Append(bytes);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Bytes(int field, ReadOnlyMemory<byte> value)
    {
        Header(field, Delimited);
        Number((ulong)value.Length);
        Append(value);
        return this;
    }

    public ProtoMessage Message(int field, ProtoMessage value)
    {
        Header(field, Delimited);
        Number((ulong)value.Length);
        _pieces.AddRange(value._pieces);
        Length += value.Length;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (ReadOnlyMemory<byte> piece in _pieces) stream.Write(piece.Span);
    }

    void Header(int field, int kind) => Number((ulong)(field << 3 | kind));

    // Seven bits a byte, the lowest first; the highest bit says that more follow.
    void Number(ulong value)
    {
        byte[] bytes = new byte[10];
        int count = 0;
        do
        {
            bytes[count++] = (byte)(value > 0x7F ? value & 0x7F | 0x80 : value);
            value >>= 7;
        } while (value > 0);
        Append(bytes.AsMemory(0, count));
    }

    void Append(ReadOnlyMemory<byte> piece)
    {
        _pieces.Add(piece);
        Length += piece.Length;
    }
}
