using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PgpSr.Training;

/// <summary>The fields of a protocol buffer message, as far as the ONNX files of feature networks have them.</summary>
/// <param name="Number">The field's number.</param>
/// <param name="Value">Of an integer.</param>
/// <param name="Bytes">Of everything else.</param>
sealed record OnnxFields(int Number, long Value, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public float Single => BinaryPrimitives.ReadSingleLittleEndian(Bytes);

    public static List<OnnxFields> Read(byte[] message)
    {
        var fields = new List<OnnxFields>();
        for (int at = 0; at < message.Length;)
        {
            long key = Integer(message, ref at);
            int number = (int)(key >> 3);
            if ((key & 7) == 0)
            {
                fields.Add(new OnnxFields(number, Integer(message, ref at), []));
                continue;
            }
            long length = (key & 7) switch
            {
                1 => 8,
                2 => Integer(message, ref at),
                5 => 4,
                var kind => throw new InvalidDataException($"a field of the unknown kind {kind}"),
            };
            if (length < 0 || length > message.Length - at) throw new InvalidDataException("a field is longer than its message");
            fields.Add(new OnnxFields(number, 0, message[at..(at + (int)length)]));
            at += (int)length;
        }
        return fields;
    }

    /// <summary>A TensorProto of singles: packed values (field 4) or raw bytes (field 9).</summary>
    public static (string Name, long[] Axes, float[] Values) ReadTensor(byte[] message)
    {
        var fields = Read(message).ToLookup(field => field.Number);
        long[] axes = [.. fields[1].Select(field => field.Value)];
        byte[] values = fields[4].Concat(fields[9]).FirstOrDefault()?.Bytes ?? [];
        return (fields[8].First().Text, axes, MemoryMarshal.Cast<byte, float>(values.AsSpan(0, values.Length / sizeof(float) * sizeof(float))).ToArray());
    }

    static long Integer(byte[] message, ref int at)
    {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= message.Length) break;
            byte part = message[at++];
            value |= (long)(part & 127) << shift;
            if (part < 128) return value;
        }
        throw new InvalidDataException("an integer is cut off");
    }
}
