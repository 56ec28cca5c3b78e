using Microsoft.ML.OnnxRuntime;
using PgpSr.Onnx;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>ONNX Runtime's CPU provider in float32: a model of one operation, weights as constants so that they are packed while loading.</summary>
sealed class OrtPeer : IPeer
{
    const int Opset = 23;

    public string Name => "ort";

    public string Version { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    public void Dispose()
    {
    }

    public IEnumerable<PreparedWork> Prepare(Work work, int threads) => work switch
    {
        LinearWork { Gated: false } linear => Linear(linear, threads),
        ConvWork conv => Conv(conv, threads),
        AttentionWork attention => Attention(attention, threads),
        MapWork { Kind: MapWork.GroupNorm } norm => GroupNormSilu(norm, threads),
        NetworkWork network => Network(network, threads),
        _ => [],
    };

    static SessionOptions Options(int threads, GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL) => new()
    {
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = level,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    static IEnumerable<PreparedWork> Linear(LinearWork w, int threads)
    {
        float[] transposed = Layout.Transpose(w.Weight(), w.Outputs, w.Inputs);
        OnnxModel Model() => new OnnxModel().Input("x", $"{w.Rows}", $"{w.Inputs}").Output("y", $"{w.Rows}", $"{w.Outputs}").Constant("b", w.Bias(), w.Outputs);
        OrtWork Made(string form, OnnxModel model)
        {
            using SessionOptions options = Options(threads);
            return new OrtWork(form, model.ToBytes(Opset), options, [new("x", w.Input(), [w.Rows, w.Inputs])],
                new("y", new float[w.Rows * w.Outputs], [w.Rows, w.Outputs]), y => y);
        }

        yield return Made("Gemm", Model().Constant("w", transposed, w.Inputs, w.Outputs).Node("Gemm", ["x", "w", "b"], "y"));
        yield return Made("MatMul + Add", Model().Constant("w", transposed, w.Inputs, w.Outputs)
            .Node("MatMul", ["x", "w"], "t").Node("Add", ["t", "b"], "y"));
    }

    static IEnumerable<PreparedWork> Conv(ConvWork w, int threads)
    {
        long p = w.Kernel / 2;
        byte[] model = new OnnxModel()
            .Input("x", Axes(w.Samples, w.Inputs, w.Height, w.Width))
            .Output("y", Axes(w.Samples, w.Outputs, w.OutputHeight, w.OutputWidth))
            .Constant("w", w.Weight(), w.Outputs, w.Inputs, w.Kernel, w.Kernel)
            .Constant("b", w.Bias(), w.Outputs)
            .Node("Conv", ["x", "w", "b"], "y", ("kernel_shape", new long[] { w.Kernel, w.Kernel }), ("pads", new[] { p, p, p, p }),
                ("strides", new long[] { w.Stride, w.Stride }))
            .ToBytes(Opset);
        int outputPixels = w.OutputHeight * w.OutputWidth;
        OrtWork Made(string form, GraphOptimizationLevel level)
        {
            using SessionOptions options = Options(threads, level);
            float[] x = Layout.Transpose(w.Input(), w.Height * w.Width, w.Inputs, w.Samples);
            return new OrtWork(form, model, options, [new("x", x, [w.Samples, w.Inputs, w.Height, w.Width])],
                new("y", new float[w.Samples * w.Outputs * outputPixels], [w.Samples, w.Outputs, w.OutputHeight, w.OutputWidth]),
                y => Layout.Transpose(y, w.Outputs, outputPixels, w.Samples));
        }

        // The last level of optimization turns the convolution into blocks of channels and reorders x and y around it.
        yield return Made("Conv NCHW", GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        yield return Made("Conv NCHWc", GraphOptimizationLevel.ORT_ENABLE_ALL);
    }

    static IEnumerable<PreparedWork> Attention(AttentionWork w, int threads)
    {
        OrtWork Made(string form, OnnxModel model, bool headsFirst)
        {
            long[] Shape(int tokens) => headsFirst ? [w.Samples, w.Heads, tokens, w.HeadSize] : [w.Samples, tokens, w.Channels];
            float[] Ordered(float[] values, int tokens) => headsFirst ? Layout.SwapHeads(values, tokens, w.Heads, w.HeadSize, w.Samples) : values;
            using SessionOptions options = Options(threads);
            return new OrtWork(form,
                model.Input("q", Axes(Shape(w.Queries))).Input("k", Axes(Shape(w.Keys))).Input("v", Axes(Shape(w.Keys))).Output("y", Axes(Shape(w.Queries))).ToBytes(Opset),
                options,
                [
                    new("q", Ordered(w.Q(), w.Queries), Shape(w.Queries)),
                    new("k", Ordered(w.K(), w.Keys), Shape(w.Keys)),
                    new("v", Ordered(w.V(), w.Keys), Shape(w.Keys)),
                ],
                new("y", new float[w.Samples * w.Queries * w.Channels], Shape(w.Queries)),
                y => headsFirst ? Layout.SwapHeads(y, w.Heads, w.Queries, w.HeadSize, w.Samples) : y);
        }

        yield return Made("MultiHeadAttention", new OnnxModel()
            .Add("MultiHeadAttention", ["q", "k", "v"], ["y"], "com.microsoft", ("num_heads", (long)w.Heads)), false);
        yield return Made("Attention", new OnnxModel().Node("Attention", ["q", "k", "v"], "y"), true);
        float scale = 1 / float.Sqrt(w.HeadSize);
        yield return Made("MatMul Softmax MatMul", new OnnxModel()
            .Constant("scale", [scale], 1)
            .Node("Transpose", ["k"], "kt", ("perm", new long[] { 0, 1, 3, 2 }))
            .Node("MatMul", ["q", "kt"], "s").Node("Mul", ["s", "scale"], "t")
            .Node("Softmax", ["t"], "p", ("axis", -1L)).Node("MatMul", ["p", "v"], "y"), true);
    }

    // The model that "pgpsr export" writes.
    static IEnumerable<PreparedWork> Network(NetworkWork w, int threads)
    {
        using var source = w.Network.Source(DType.F32);
        NetworkInput[] inputs = [];
        var model = new OnnxModel();
        var output = default(Shape);

        (IDisposable Network, Func<Workspace, Tensor[], Tensor> Forward) Load(Backend backend)
        {
            LoadedNetwork network = w.Network.Load(source, backend);
            inputs = [.. network.Inputs(w.Side)];
            return (network, Forward);

            Tensor Forward(Workspace workspace, Tensor[] tensors)
            {
                Tensor y = network.Forward(workspace, tensors);
                output = y.Shape;
                return y;
            }
        }

        try
        {
            OnnxExport.Record(model, Load, () => inputs.Select(input => new OnnxInput(input.Name, input.Shape)));
        }
        catch (OnnxException e)
        {
            Console.Error.WriteLine($"{w.Operation} {w.Shape}: {e.Message}");
            yield break;
        }
        int[] y = NetworkWork.Axes(output);
        using SessionOptions options = Options(threads);
        yield return new OrtWork("network", model.ToBytes(OnnxRecorder.Opset), options, [.. inputs.Select(Tensor)],
            new("output", new float[output.Count], y.Length == 4 ? [y[0], y[3], y[1], y[2]] : [.. y.Select(n => (long)n)]),
            values => y.Length == 4 ? Layout.Transpose(values, y[3], y[1] * y[2], y[0]) : values);

        static OrtTensor Tensor(NetworkInput input)
        {
            int[] axes = NetworkWork.Axes(input.Shape);
            return axes.Length == 4
                ? new(input.Name, Layout.Transpose(input.Values, axes[1] * axes[2], axes[3], axes[0]), [axes[0], axes[3], axes[1], axes[2]])
                : new(input.Name, input.Values, [.. axes.Select(n => (long)n)]);
        }
    }

    static string[] Axes(params long[] sizes) => [.. sizes.Select(size => $"{size}")];

    // ONNX Runtime's CPU provider has no group norm of its own: an instance norm over the groups is the form that exporters write.
    static IEnumerable<PreparedWork> GroupNormSilu(MapWork w, int threads)
    {
        int Groups = w.Groups;
        int pixels = w.Height * w.Width;
        float[] ones = new float[Groups];
        Array.Fill(ones, 1f);
        byte[] model = new OnnxModel()
            .Input("x", Axes(w.Samples, w.Channels, w.Height, w.Width)).Output("y", Axes(w.Samples, w.Channels, w.Height, w.Width))
            .Constant("toGroups", 0L, Groups, -1L).Constant("toImage", w.Samples, w.Channels, w.Height, w.Width)
            .Constant("one", ones, Groups).Constant("zero", new float[Groups], Groups)
            .Constant("gamma", w.Gamma(), w.Channels, 1, 1).Constant("beta", w.Beta(), w.Channels, 1, 1)
            .Node("Reshape", ["x", "toGroups"], "g")
            .Node("InstanceNormalization", ["g", "one", "zero"], "n", ("epsilon", MapWork.Epsilon))
            .Node("Reshape", ["n", "toImage"], "i").Node("Mul", ["i", "gamma"], "s").Node("Add", ["s", "beta"], "a")
            .Node("Sigmoid", ["a"], "e").Node("Mul", ["a", "e"], "y")
            .ToBytes(Opset);
        using SessionOptions options = Options(threads);
        yield return new OrtWork("InstanceNorm Sigmoid Mul", model, options,
            [new("x", Layout.Transpose(w.Input(), pixels, w.Channels, w.Samples), [w.Samples, w.Channels, w.Height, w.Width])],
            new("y", new float[w.StreamedElements], [w.Samples, w.Channels, w.Height, w.Width]), y => Layout.Transpose(y, w.Channels, pixels, w.Samples));
    }
}
