using Microsoft.ML.OnnxRuntime;

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
        OnnxModel Model() => new OnnxModel().Input("x", w.Rows, w.Inputs).Output("y", w.Rows, w.Outputs).Initializer("b", w.Bias(), w.Outputs);
        OrtWork Made(string form, OnnxModel model)
        {
            using SessionOptions options = Options(threads);
            return new OrtWork(form, model.ToBytes(Opset), options, [new("x", w.Input(), [w.Rows, w.Inputs])],
                new("y", new float[w.Rows * w.Outputs], [w.Rows, w.Outputs]), y => y);
        }

        yield return Made("Gemm", Model().Initializer("w", transposed, w.Inputs, w.Outputs).Node("Gemm", ["x", "w", "b"], "y"));
        yield return Made("MatMul + Add", Model().Initializer("w", transposed, w.Inputs, w.Outputs)
            .Node("MatMul", ["x", "w"], "t").Node("Add", ["t", "b"], "y"));
    }

    static IEnumerable<PreparedWork> Conv(ConvWork w, int threads)
    {
        long p = w.Kernel / 2;
        byte[] model = new OnnxModel()
            .Input("x", w.Samples, w.Inputs, w.Height, w.Width)
            .Output("y", w.Samples, w.Outputs, w.OutputHeight, w.OutputWidth)
            .Initializer("w", w.Weight(), w.Outputs, w.Inputs, w.Kernel, w.Kernel)
            .Initializer("b", w.Bias(), w.Outputs)
            .Node("Conv", ["x", "w", "b"], "y", "", ("kernel_shape", new long[] { w.Kernel, w.Kernel }), ("pads", new[] { p, p, p, p }),
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
                model.Input("q", Shape(w.Queries)).Input("k", Shape(w.Keys)).Input("v", Shape(w.Keys)).Output("y", Shape(w.Queries)).ToBytes(Opset),
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
            .Node("MultiHeadAttention", ["q", "k", "v"], "y", "com.microsoft", ("num_heads", (long)w.Heads)), false);
        yield return Made("Attention", new OnnxModel().Node("Attention", ["q", "k", "v"], "y"), true);
        float scale = 1 / float.Sqrt(w.HeadSize);
        yield return Made("MatMul Softmax MatMul", new OnnxModel()
            .Initializer("scale", [scale], 1)
            .Node("Transpose", ["k"], "kt", "", ("perm", new long[] { 0, 1, 3, 2 }))
            .Node("MatMul", ["q", "kt"], "s").Node("Mul", ["s", "scale"], "t")
            .Node("Softmax", ["t"], "p", "", ("axis", -1L)).Node("MatMul", ["p", "v"], "y"), true);
    }

    // ONNX Runtime's CPU provider has no group norm of its own: an instance norm over the groups is the form that exporters write.
    static IEnumerable<PreparedWork> GroupNormSilu(MapWork w, int threads)
    {
        int Groups = w.Groups;
        int pixels = w.Height * w.Width;
        float[] ones = new float[Groups];
        Array.Fill(ones, 1f);
        byte[] model = new OnnxModel()
            .Input("x", w.Samples, w.Channels, w.Height, w.Width).Output("y", w.Samples, w.Channels, w.Height, w.Width)
            .Initializer("toGroups", [0L, Groups, -1L]).Initializer("toImage", [(long)w.Samples, w.Channels, w.Height, w.Width])
            .Initializer("one", ones, Groups).Initializer("zero", new float[Groups], Groups)
            .Initializer("gamma", w.Gamma(), w.Channels, 1, 1).Initializer("beta", w.Beta(), w.Channels, 1, 1)
            .Node("Reshape", ["x", "toGroups"], "g")
            .Node("InstanceNormalization", ["g", "one", "zero"], "n", "", ("epsilon", MapWork.Epsilon))
            .Node("Reshape", ["n", "toImage"], "i").Node("Mul", ["i", "gamma"], "s").Node("Add", ["s", "beta"], "a")
            .Node("Sigmoid", ["a"], "e").Node("Mul", ["a", "e"], "y")
            .ToBytes(Opset);
        using SessionOptions options = Options(threads);
        yield return new OrtWork("InstanceNorm Sigmoid Mul", model, options,
            [new("x", Layout.Transpose(w.Input(), pixels, w.Channels, w.Samples), [w.Samples, w.Channels, w.Height, w.Width])],
            new("y", new float[w.StreamedElements], [w.Samples, w.Channels, w.Height, w.Width]), y => Layout.Transpose(y, w.Channels, pixels, w.Samples));
    }
}
