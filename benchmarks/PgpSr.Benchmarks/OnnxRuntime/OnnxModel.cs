using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;

namespace PgpSr.Benchmarks;

/// <summary>
/// Writes an ONNX model of a few nodes, message by message; field numbers from onnx.proto (onnx/onnx, IR version 10). Only what the peers need:
/// float tensors of fixed shapes, attributes of type int, ints, float and string.
/// </summary>
sealed class OnnxModel
{
    const int FloatType = 1;
    const int Int64Type = 7;
    const int IrVersion = 10;

    readonly List<byte[]> _nodes = [];
    readonly List<byte[]> _initializers = [];
    readonly List<byte[]> _inputs = [];
    readonly List<byte[]> _outputs = [];

    public OnnxModel Input(string name, params ReadOnlySpan<long> shape)
    {
        _inputs.Add(ValueInfo(name, shape));
        return this;
    }

    public OnnxModel Output(string name, params ReadOnlySpan<long> shape)
    {
        _outputs.Add(ValueInfo(name, shape));
        return this;
    }

    /// <summary>A constant: ONNX Runtime packs it once, when the session is made.</summary>
    public OnnxModel Initializer(string name, float[] values, params ReadOnlySpan<long> shape) =>
        Initializer(name, FloatType, MemoryMarshal.AsBytes<float>(values), shape);

    /// <inheritdoc cref="Initializer(string, float[], ReadOnlySpan{long})"/>
    public OnnxModel Initializer(string name, long[] values) => Initializer(name, Int64Type, MemoryMarshal.AsBytes<long>(values), [values.Length]);

    /// <summary>Adds a node. Attribute values are <see cref="long"/>, <see cref="long"/>[], <see cref="float"/> or <see cref="string"/>.</summary>
    public OnnxModel Node(string operation, string[] inputs, string output, string domain = "", params (string Name, object Value)[] attributes)
    {
        _nodes.Add(Message(m =>
        {
            foreach (string input in inputs) Text(m, 1, input);
            Text(m, 2, output);
            Text(m, 3, $"{operation}_{output}");
            Text(m, 4, operation);
            foreach ((string name, object value) in attributes) Nested(m, 5, Attribute(name, value));
            Text(m, 7, domain);
        }));
        return this;
    }

    /// <summary>The serialized ModelProto.</summary>
    public byte[] ToBytes(int opset)
    {
        byte[] graph = Message(m =>
        {
            foreach (byte[] node in _nodes) Nested(m, 1, node);
            Text(m, 2, "work");
            foreach (byte[] initializer in _initializers) Nested(m, 5, initializer);
            foreach (byte[] input in _inputs) Nested(m, 11, input);
            foreach (byte[] output in _outputs) Nested(m, 12, output);
        });
        return Message(m =>
        {
            Integer(m, 1, IrVersion);
            Nested(m, 7, graph);
            Nested(m, 8, OperatorSet("", opset));
            Nested(m, 8, OperatorSet("com.microsoft", 1));
        });
    }

    OnnxModel Initializer(string name, int type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape)
    {
        byte[] raw = bytes.ToArray();
        long[] sizes = shape.ToArray();
        _initializers.Add(Message(m =>
        {
            foreach (long size in sizes) Integer(m, 1, size);
            Integer(m, 2, type);
            Text(m, 8, name);
            Nested(m, 9, raw);
        }));
        return this;
    }

    static byte[] OperatorSet(string domain, int version) => Message(m =>
    {
        Text(m, 1, domain);
        Integer(m, 2, version);
    });

    static byte[] ValueInfo(string name, ReadOnlySpan<long> shape)
    {
        long[] sizes = shape.ToArray();
        byte[] tensorShape = Message(m =>
        {
            foreach (long size in sizes) Nested(m, 1, Message(d => Integer(d, 1, size)));
        });
        byte[] tensorType = Message(m =>
        {
            Integer(m, 1, FloatType);
            Nested(m, 2, tensorShape);
        });
        return Message(m =>
        {
            Text(m, 1, name);
            Nested(m, 2, Message(t => Nested(t, 1, tensorType)));
        });
    }

    static byte[] Attribute(string name, object value) => Message(m =>
    {
        // AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7.
        Text(m, 1, name);
        switch (value)
        {
            case float number:
                m.WriteTag(2, WireFormat.WireType.Fixed32);
                m.WriteFloat(number);
                Integer(m, 20, 1);
                break;
            case long number:
                Integer(m, 3, number);
                Integer(m, 20, 2);
                break;
            case string text:
                Nested(m, 4, Encoding.UTF8.GetBytes(text));
                Integer(m, 20, 3);
                break;
            case long[] numbers:
                foreach (long number in numbers) Integer(m, 8, number);
                Integer(m, 20, 7);
                break;
            default:
                throw new ArgumentException($"attribute '{name}' has a value of type {value.GetType().Name}", nameof(value));
        }
    });

    static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var coded = new CodedOutputStream(memory, leaveOpen: true)) write(coded);
        return memory.ToArray();
    }

    static void Integer(CodedOutputStream m, int field, long value)
    {
        m.WriteTag(field, WireFormat.WireType.Varint);
        m.WriteInt64(value);
    }

    static void Text(CodedOutputStream m, int field, string value)
    {
        m.WriteTag(field, WireFormat.WireType.LengthDelimited);
        m.WriteString(value);
    }

    static void Nested(CodedOutputStream m, int field, byte[] message)
    {
        m.WriteTag(field, WireFormat.WireType.LengthDelimited);
        m.WriteBytes(UnsafeByteOperations.UnsafeWrap(message));
    }
}
