using Microsoft.ML.OnnxRuntime;

namespace PgpSr.KernelBench;

/// <summary>ONNX Runtime's CPU provider in float32: a model of one operation, weights as constants so that they are packed while loading.</summary>
sealed class OrtPeer : IPeer
{
    const int Opset = 23;

    public string Name => "ort";

    public string Version { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    public void Dispose()
    {
    }

    public IEnumerable<IPreparedWork> Prepare(Work work, int threads) => work switch
    {
        LinearWork linear => Linear(linear, threads),
        ConvWork conv => Conv(conv, threads),
        AttentionWork attention => Attention(attention, threads),
        GroupNormSiluWork norm => GroupNormSilu(norm, threads),
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

    static IEnumerable<IPreparedWork> Linear(LinearWork w, int threads)
    {
        float[] transposed = Layout.Transpose(w.Weight(), w.Outputs, w.Inputs);
        OnnxModel Model() => new OnnxModel().Input("x", w.Rows, w.Inputs).Output("y", w.Rows, w.Outputs).Initializer("b", w.Bias(), w.Outputs);
        OrtWork Made(string form, OnnxModel model)
        {
            using SessionOptions options = Options(threads);
            return new OrtWork(form, model.ToBytes(Opset), options, [("x", w.Input(), [w.Rows, w.Inputs])],
                ("y", new float[w.Rows * w.Outputs], [w.Rows, w.Outputs]), y => y);
        }

        yield return Made("Gemm", Model().Initializer("w", transposed, w.Inputs, w.Outputs).Node("Gemm", ["x", "w", "b"], "y"));
        yield return Made("MatMul + Add", Model().Initializer("w", transposed, w.Inputs, w.Outputs)
            .Node("MatMul", ["x", "w"], "t").Node("Add", ["t", "b"], "y"));
    }

    static IEnumerable<IPreparedWork> Conv(ConvWork w, int threads)
    {
        long p = w.Kernel / 2;
        byte[] model = new OnnxModel()
            .Input("x", 1, w.Inputs, w.Height, w.Width)
            .Output("y", 1, w.Outputs, w.OutputHeight, w.OutputWidth)
            .Initializer("w", w.Weight(), w.Outputs, w.Inputs, w.Kernel, w.Kernel)
            .Initializer("b", w.Bias(), w.Outputs)
            .Node("Conv", ["x", "w", "b"], "y", "", ("kernel_shape", new long[] { w.Kernel, w.Kernel }), ("pads", new[] { p, p, p, p }),
                ("strides", new long[] { w.Stride, w.Stride }))
            .ToBytes(Opset);
        int outputPixels = w.OutputHeight * w.OutputWidth;
        OrtWork Made(string form, GraphOptimizationLevel level)
        {
            using SessionOptions options = Options(threads, level);
            float[] x = Layout.Transpose(w.Input(), w.Height * w.Width, w.Inputs);
            return new OrtWork(form, model, options, [("x", x, [1, w.Inputs, w.Height, w.Width])],
                ("y", new float[w.Outputs * outputPixels], [1, w.Outputs, w.OutputHeight, w.OutputWidth]),
                y => Layout.Transpose(y, w.Outputs, outputPixels));
        }

        // The last level of optimization turns the convolution into blocks of channels and reorders x and y around it.
        yield return Made("Conv NCHW", GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        yield return Made("Conv NCHWc", GraphOptimizationLevel.ORT_ENABLE_ALL);
    }

    static IEnumerable<IPreparedWork> Attention(AttentionWork w, int threads)
    {
        OrtWork Made(string form, OnnxModel model, bool headsFirst)
        {
            long[] Shape(int tokens) => headsFirst ? [1, w.Heads, tokens, w.HeadSize] : [1, tokens, w.Channels];
            float[] Ordered(float[] values, int tokens) => headsFirst ? Layout.SwapHeads(values, tokens, w.Heads, w.HeadSize) : values;
            using SessionOptions options = Options(threads);
            return new OrtWork(form,
                model.Input("q", Shape(w.Queries)).Input("k", Shape(w.Keys)).Input("v", Shape(w.Keys)).Output("y", Shape(w.Queries)).ToBytes(Opset),
                options,
                [
                    ("q", Ordered(w.Q(), w.Queries), Shape(w.Queries)),
                    ("k", Ordered(w.K(), w.Keys), Shape(w.Keys)),
                    ("v", Ordered(w.V(), w.Keys), Shape(w.Keys)),
                ],
                ("y", new float[w.Queries * w.Channels], Shape(w.Queries)),
                y => headsFirst ? Layout.SwapHeads(y, w.Heads, w.Queries, w.HeadSize) : y);
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
    static IEnumerable<IPreparedWork> GroupNormSilu(GroupNormSiluWork w, int threads)
    {
        const int Groups = GroupNormSiluWork.Groups;
        int pixels = w.Height * w.Width;
        float[] ones = new float[Groups];
        Array.Fill(ones, 1f);
        byte[] model = new OnnxModel()
            .Input("x", 1, w.Channels, w.Height, w.Width).Output("y", 1, w.Channels, w.Height, w.Width)
            .Initializer("toGroups", [0L, Groups, -1L]).Initializer("toImage", [1L, w.Channels, w.Height, w.Width])
            .Initializer("one", ones, Groups).Initializer("zero", new float[Groups], Groups)
            .Initializer("gamma", w.Gamma(), w.Channels, 1, 1).Initializer("beta", w.Beta(), w.Channels, 1, 1)
            .Node("Reshape", ["x", "toGroups"], "g")
            .Node("InstanceNormalization", ["g", "one", "zero"], "n", "", ("epsilon", GroupNormSiluWork.Epsilon))
            .Node("Reshape", ["n", "toImage"], "i").Node("Mul", ["i", "gamma"], "s").Node("Add", ["s", "beta"], "a")
            .Node("Sigmoid", ["a"], "e").Node("Mul", ["a", "e"], "y")
            .ToBytes(Opset);
        using SessionOptions options = Options(threads);
        yield return new OrtWork("InstanceNorm Sigmoid Mul", model, options,
            [("x", Layout.Transpose(w.Input(), pixels, w.Channels), [1, w.Channels, w.Height, w.Width])],
            ("y", new float[w.StreamedElements], [1, w.Channels, w.Height, w.Width]), y => Layout.Transpose(y, w.Channels, pixels));
    }
}
