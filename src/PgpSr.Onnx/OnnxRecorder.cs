using PgpSr.Tensors;

namespace PgpSr.Onnx;

/// <summary>
/// A backend that notes what is computed as the nodes of an ONNX model instead of computing it. A network loads into it and is evaluated once, on
/// inputs of an example size; sizes of maps and numbers of tokens stay open in the model. Nothing may look at values.
/// </summary>
partial class OnnxRecorder : Backend
{
    readonly Dictionary<(DeviceBuffer Buffer, long Offset), OnnxValue> _values = [];
    readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    // The last map of each size, whose height and width tokens can take back.
    readonly Dictionary<Shape, OnnxValue> _maps = [];
    int _count;

    /// <param name="model">What the nodes go to; the caller writes it.</param>
    public OnnxRecorder(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
    }

    /// <summary>What the nodes go to.</summary>
    protected OnnxModel Model { get; set; }

    /// <summary>Of the operators that are written.</summary>
    public const int Opset = 20;

    /// <inheritdoc/>
    public override string Name => "onnx";

    /// <summary>
    /// An input of the model: a map [N, H, W, C] as [batch, C, height, width], tokens [N, T, C] as [batch, tokens, C], vectors [N, C] as they are.
    /// </summary>
    /// <returns>What the network is given for it.</returns>
    public Tensor Input(string name, Shape shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Tensor tensor = CreateTensor(shape);
        Input(name, tensor);
        return tensor;
    }

    /// <summary>The same, into a tensor that is there.</summary>
    protected void Input(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        string[] axes = Axes(name, tensor.Shape);
        Model.Input(name, axes);
        Set(tensor, tensor.Shape.Rank == 4 ? new OnnxValue(tensor.Shape) { First = name } : new OnnxValue(tensor.Shape) { Last = name });
    }

    /// <summary>An output of the model, laid out like <see cref="Input(string, Shape)"/>.</summary>
    public void Output(string name, Tensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tensor);
        Output(name, Get(tensor));
    }

    /// <summary>The same, of what a tensor holds.</summary>
    protected void Output(string name, OnnxValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Model.Node("Identity", [value.Shape.Rank == 4 ? First(value) : Last(value)], name);
        Model.Output(name, Axes(name, value.Shape));
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new NoMemory(bytes);

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        string name = Fresh("constant");
        Model.Constant(name, destination.Type, source, Sizes(destination.Shape));
        Set(destination, new OnnxValue(destination.Shape) { Last = destination.Type == DType.F32 ? name : Widened(name) });
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor source, Span<byte> destination) =>
        throw new OnnxException("download", "the network reads values back while it runs; they are not known in a model");

    /// <inheritdoc/>
    protected override PackedConv2d PackConv2dCore(HostTensor weight, HostTensor bias, Conv2dGeometry geometry)
    {
        string name = Fresh(weight.Name ?? "weight");
        Model.Constant(name, weight.Type, weight.Bytes, Sizes(weight.Shape));
        return new OnnxConv2d(weight.Name ?? "", weight.Shape, geometry, weight.Type == DType.F32 ? name : Widened(name), Bias(bias));
    }

    /// <inheritdoc/>
    protected override PackedLinear PackLinearCore(HostTensor weight, HostTensor bias, LinearForm form)
    {
        int rows = weight.Shape[0], columns = weight.Shape[1];
        string name = Fresh(weight.Name ?? "weight");
        Model.Constant(name, weight.Type, OnnxLinear.Transpose(weight.Bytes, rows, columns, weight.Type.Size()), columns, rows);
        return new OnnxLinear(weight.Name ?? "", weight.Shape, form, weight.Type == DType.F32 ? name : Widened(name), Bias(bias));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    // Narrow constants keep their width in the file; a runtime folds the cast away while it loads.
    string Widened(string name) => Node("Cast", [name], ("to", 1L));

    string? Bias(HostTensor bias)
    {
        if (bias.IsAbsent) return null;
        string name = Fresh(bias.Name!);
        Model.Constant(name, bias.ToArray(), bias.Shape.Count);
        return name;
    }

    /// <summary>A name that nothing has yet.</summary>
    protected string Fresh(string name) => $"{name}_{_count++}";

    /// <summary>A node of one output; its name.</summary>
    protected string Node(string operation, string[] inputs, params ReadOnlySpan<(string, object)> attributes)
    {
        string output = Fresh(operation);
        Model.Node(operation, inputs, output, attributes);
        return output;
    }

    string Number(float value)
    {
        string key = $"f{BitConverter.SingleToInt32Bits(value)}";
        if (_constants.TryGetValue(key, out string? name)) return name;
        Model.Constant(name = Fresh("number"), [value]);
        return _constants[key] = name;
    }

    /// <summary>A constant of these whole numbers.</summary>
    protected string Numbers(params ReadOnlySpan<long> values)
    {
        string key = string.Join(',', values.ToArray());
        if (_constants.TryGetValue(key, out string? name)) return name;
        Model.Constant(name = Fresh("sizes"), values);
        return _constants[key] = name;
    }

    /// <summary>What a tensor holds from now on.</summary>
    protected void Set(Tensor tensor, OnnxValue value)
    {
        _values[(tensor.Buffer, tensor.Offset)] = value;
        if (value.Shape.Rank == 4) _maps[value.Shape.WithLast(1)] = value;
    }

    /// <summary>What a tensor holds, whatever shape it is seen under.</summary>
    protected OnnxValue Raw(Tensor tensor) => _values.TryGetValue((tensor.Buffer, tensor.Offset), out OnnxValue? value) ? value
        : throw new OnnxException($"{tensor}", "a part of a tensor that nothing was written to on its own");

    /// <summary>What a tensor holds, under its shape.</summary>
    OnnxValue Get(Tensor tensor)
    {
        OnnxValue value = Raw(tensor);
        Shape seen = tensor.Shape;
        if (value.Shape == seen) return value;
        string last = Last(value);
        int channels = seen[-1];
        // Only the count of a vector is known beforehand.
        if (value.Shape.Rank < 3 && seen.Rank < 3) return new OnnxValue(seen) { Last = Node("Reshape", [last, Numbers(Sizes(seen))]) };
        if (seen.Rank == 3 && seen[0] == value.Shape[0] && channels == value.Shape[-1])
            return new OnnxValue(seen) { Last = Node("Reshape", [last, Numbers(0, -1, channels)]) };
        if (seen.Rank == 4 && value.Shape.Rank == 3 && channels == value.Shape[-1] && _maps.TryGetValue(seen.WithLast(1), out OnnxValue? map))
        {
            string places = Node("Shape", [Last(map)], ("start", 0L), ("end", 3L));
            return new OnnxValue(seen) { Last = Node("Reshape", [last, Node("Concat", [places, Numbers(channels)], ("axis", 0L))]) };
        }
        throw new OnnxException($"{value.Shape} seen as {seen}", "a change of shape whose sizes cannot be left open");
    }

    string First(OnnxValue value) => value.First ??= Node("Transpose", [value.Last!], ("perm", new long[] { 0, 3, 1, 2 }));

    /// <summary>Its name, channels last.</summary>
    protected string Last(OnnxValue value) => value.Last ??= Node("Transpose", [value.First!], ("perm", new long[] { 0, 2, 3, 1 }));

    static string[] Axes(string name, Shape shape) => shape.Rank switch
    {
        4 => ["batch", $"{shape[3]}", $"{name}_height", $"{name}_width"],
        3 => ["batch", $"{name}_tokens", $"{shape[2]}"],
        2 => ["batch", $"{shape[1]}"],
        _ => throw new OnnxException(name, $"{shape} is neither a map, tokens nor vectors"),
    };

    static long[] Sizes(Shape shape)
    {
        Span<int> axes = stackalloc int[Shape.MaxRank];
        shape.CopyTo(axes);
        long[] sizes = new long[shape.Rank];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = axes[i];
        return sizes;
    }

    sealed class NoMemory(long length) : DeviceBuffer(length)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
