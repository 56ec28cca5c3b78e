using System.Globalization;
using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>
/// An ONNX model in the making: inputs, constants, nodes, outputs. Field numbers are those of onnx.proto (onnx/onnx, IR version 10).
/// </summary>
/// <param name="data">Where the bytes of large constants go, for models beyond the 2 GB of a message; null to keep them in the model.</param>
/// <param name="location">Name of that file, relative to the model's.</param>
sealed class OnnxModel(Stream? data = null, string location = "")
{
    const int FloatType = 1, Int64Type = 7, HalfType = 10, BFloat16Type = 16;
    const int IrVersion = 10;
    // What is smaller stays in the model, where tools can see it.
    const int ExternalFrom = 1024, Alignment = 64;

    readonly List<Step> _nodes = [];
    readonly List<(string Name, ProtoMessage Tensor)> _constants = [];
    readonly List<ProtoMessage> _inputs = [];
    readonly List<(string Name, ProtoMessage Info)> _outputs = [];

    sealed record Step(string[] Inputs, string[] Outputs, ProtoMessage Message);

    /// <summary>A float32 input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="axes">Numbers, or names of axes that may have any size.</param>
    public OnnxModel Input(string name, params ReadOnlySpan<string> axes)
    {
        _inputs.Add(Info(name, axes));
        return this;
    }

    /// <summary>A float32 output; see <see cref="Input"/>.</summary>
    public OnnxModel Output(string name, params ReadOnlySpan<string> axes)
    {
        _outputs.Add((name, Info(name, axes)));
        return this;
    }

    /// <summary>A constant of float32 values.</summary>
    public OnnxModel Constant(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(name, DType.F32, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant vector of whole numbers: shapes, indices.</summary>
    public OnnxModel Constant(string name, params ReadOnlySpan<long> values)
    {
        Add(name, Int64Type, MemoryMarshal.AsBytes(values), [values.Length]);
        return this;
    }

    /// <summary>A constant of a type that weights have; little endian.</summary>
    public OnnxModel Constant(string name, DType type, ReadOnlySpan<byte> bytes, params ReadOnlySpan<long> shape)
    {
        Add(name, type switch
        {
            DType.F16 => HalfType,
            DType.BF16 => BFloat16Type,
            _ => FloatType,
        }, bytes, shape);
        return this;
    }

    /// <summary>Adds a node. Attributes are <see cref="long"/>, <see cref="long"/>[], <see cref="float"/> or <see cref="string"/>.</summary>
    /// <param name="operation">Name of the operator.</param>
    /// <param name="inputs">Names; an empty one is an input left out.</param>
    /// <param name="outputs">Names.</param>
    /// <param name="domain">Of the operator; empty for ONNX's own.</param>
    /// <param name="attributes">Of the operator.</param>
    public OnnxModel Add(string operation, string[] inputs, string[] outputs, string domain,
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        var message = new ProtoMessage();
        foreach (string input in inputs) message.Text(1, input);
        foreach (string output in outputs) message.Text(2, output);
        message.Text(3, $"{operation}_{outputs[0]}").Text(4, operation);
        foreach (var (name, value) in attributes) message.Message(5, Attribute(name, value));
        message.Text(7, domain);
        _nodes.Add(new Step(inputs, outputs, message));
        return this;
    }

    /// <summary>A node of ONNX's own with one output.</summary>
    public OnnxModel Node(string operation, string[] inputs, string output, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Add(operation, inputs, [output], "", attributes);

    /// <summary>Writes the serialized ModelProto, without nodes and constants that no output needs.</summary>
    /// <exception cref="InvalidOperationException">The message would pass 2 GB; give the constants a file of their own.</exception>
    public void WriteTo(Stream stream, int opset)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var needed = _outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<Step>();
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            if (!_nodes[i].Outputs.Any(needed.Contains)) continue;
            kept.Add(_nodes[i]);
            needed.UnionWith(_nodes[i].Inputs);
        }
        kept.Reverse();
        var graph = new ProtoMessage();
        foreach (Step node in kept) graph.Message(1, node.Message);
        graph.Text(2, "network");
        foreach (var (_, tensor) in _constants.Where(constant => needed.Contains(constant.Name))) graph.Message(5, tensor);
        foreach (ProtoMessage input in _inputs) graph.Message(11, input);
        foreach (var (_, info) in _outputs) graph.Message(12, info);
        var model = new ProtoMessage().Integer(1, IrVersion).Text(2, "PgpSr").Message(7, graph)
            .Message(8, OperatorSet("", opset)).Message(8, OperatorSet("com.microsoft", 1));
        if (model.Length > int.MaxValue) throw new InvalidOperationException($"a model of {model.Length} bytes exceeds the 2 GB of a protobuf message");
        model.WriteTo(stream);
    }

    /// <inheritdoc cref="WriteTo"/>
    public byte[] ToBytes(int opset)
    {
        using var memory = new MemoryStream();
        WriteTo(memory, opset);
        return memory.ToArray();
    }

    void Add(string name, int type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape)
    {
        var tensor = new ProtoMessage();
        foreach (long size in shape) tensor.Integer(1, size);
        tensor.Integer(2, type).Text(8, name);
        if (data is null || bytes.Length < ExternalFrom) tensor.Bytes(9, bytes.ToArray());
        else
        {
            int padding = (int)(-data.Position & (Alignment - 1));
            data.Write(stackalloc byte[padding]);
            foreach (var (key, value) in ((string, string)[])
                [("location", location), ("offset", Text(data.Position)), ("length", Text(bytes.Length))])
                tensor.Message(13, new ProtoMessage().Text(1, key).Text(2, value));
            tensor.Integer(14, 1); // the data's place: EXTERNAL
            data.Write(bytes);
        }
        _constants.Add((name, tensor));

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }

    static ProtoMessage OperatorSet(string domain, int version) => new ProtoMessage().Text(1, domain).Integer(2, version);

    static ProtoMessage Info(string name, ReadOnlySpan<string> axes)
    {
        var shape = new ProtoMessage();
        foreach (string axis in axes)
        {
            shape.Message(1, long.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                ? new ProtoMessage().Integer(1, size) : new ProtoMessage().Text(2, axis));
        }
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, new ProtoMessage().Integer(1, FloatType).Message(2, shape)));
    }

    static ProtoMessage Attribute(string name, object value)
    {
        // AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7.
        var message = new ProtoMessage().Text(1, name);
        switch (value)
        {
            case float number:
                return message.Float(2, number).Integer(20, 1);
            case long number:
                return message.Integer(3, number).Integer(20, 2);
            case string text:
                return message.Text(4, text).Integer(20, 3);
            case long[] numbers:
                foreach (long number in numbers) message.Integer(8, number);
                return message.Integer(20, 7);
            default:
                throw new ArgumentException($"attribute '{name}' has a value of type {value.GetType().Name}", nameof(value));
        }
    }
}
