using System.Buffers.Binary;
using System.Text;

namespace PgpSr.PyTorchZip.Tests;

/// <summary>Writes pickle opcodes (protocol 2), and the shapes in which torch.save arranges them.</summary>
sealed class PickleWriter
{
    readonly List<byte> _bytes = [];

    public PickleWriter(byte protocol = 2) => Op(0x80, protocol);

    public byte[] Stop()
    {
        Op('.');
        return [.. _bytes];
    }

    public PickleWriter Op(int opcode, params byte[] argument)
    {
        _bytes.Add((byte)opcode);
        _bytes.AddRange(argument);
        return this;
    }

    public PickleWriter Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X', [.. BitConverter.GetBytes(utf8.Length), .. utf8]);
    }

    public PickleWriter Long(long value)
    {
        if (value is >= 0 and < 256) return Op('K', (byte)value);
        if (value is >= 0 and < 65536) return Op('M', BitConverter.GetBytes((ushort)value));
        if (value is >= int.MinValue and <= int.MaxValue) return Op('J', BitConverter.GetBytes((int)value));
        return Op(0x8a, [8, .. BitConverter.GetBytes(value)]);
    }

    public PickleWriter Double(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Op('G', bytes);
    }

    public PickleWriter Global(string module, string name) => Op('c', Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleWriter Tuple(params ReadOnlySpan<long> items)
    {
        Op('(');
        foreach (var item in items) Long(item);
        return Op('t');
    }

    public PickleWriter Storage(string type, string key, long count)
    {
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Long(count);
        return Op('t').Op('Q');
    }

    public PickleWriter Tensor(string type, string key, long count, long offset, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(type, key, count).Long(offset).Tuple(shape).Tuple(strides).Op(0x89);
        return Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
    }

    /// <summary>A dictionary of one item; <paramref name="value"/> writes it.</summary>
    public static byte[] Single(string key, Action<PickleWriter> value)
    {
        var writer = new PickleWriter().Op('}').Text(key);
        value(writer);
        return writer.Op('s').Stop();
    }
}
