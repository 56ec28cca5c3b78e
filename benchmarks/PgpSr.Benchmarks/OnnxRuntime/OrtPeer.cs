using Microsoft.ML.OnnxRuntime;
using PgpSr.Onnx;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>ONNX Runtime's CPU provider in float32: models as they are exported, weights as constants so that they are packed while loading.</summary>
sealed class OrtPeer : IPeer
{
    // Of the last attention operator.
    const int Opset = 23;
    const string Plain = "MatMul Softmax MatMul", Fused = "MultiHeadAttention", First = "NCHW", Blocks = "NCHWc";

    public string Name => "ort";

    public string Version { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    public void Dispose()
    {
    }

    public IEnumerable<string> Forms(Work work) => work switch
    {
        LinearWork => ["Gemm", "MatMul + Add"],
        AttentionWork => [Fused, "Attention", Plain],
        MapWork { Kind: not "copy" } => ["operators"],
        NetworkWork { Network.HasAttention: true } => [Blocks, $"{Blocks} {Fused}"],
        ConvWork or NetworkWork or PictureWork => [First, Blocks],
        _ => [],
    };

    public PreparedWork? Prepare(Work work, string form, int threads)
    {
        // The basic level makes a product and a sum one operator; the last turns convolutions into blocks of channels and reorders maps around them.
        SessionOptions options = Options(threads, form switch
        {
            "MatMul + Add" => GraphOptimizationLevel.ORT_DISABLE_ALL,
            First => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
        });
        if (work is AttentionWork attention && form != Fused) return HeadsFirst(attention, form, options);
        var backend = new OrtBackend(options, form.EndsWith(Fused, StringComparison.Ordinal), pipeline: work is PictureWork);
        try
        {
            var prepared = new OrtWork(work.Prepare(backend, form, DType.F32, owned: true), backend);
            prepared.Run();
            return prepared;
        }
        // What no model can say, or none of 2 GB can hold.
        catch (Exception e) when (e is OnnxException or InvalidOperationException)
        {
            Console.Error.WriteLine($"{work.Operation} {work.Shape}: {e.Message}");
            backend.Dispose();
            return null;
        }
    }

    static SessionOptions Options(int threads, GraphOptimizationLevel level) => new()
    {
        IntraOpNumThreads = threads,
        InterOpNumThreads = 1,
        ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        GraphOptimizationLevel = level,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    // As those like it best: no layout is changed within the measured time.
    static HeadsFirstWork HeadsFirst(AttentionWork w, string form, SessionOptions options)
    {
        var model = new OnnxModel();
        long[] Sizes(int tokens) => [w.Samples, w.Heads, tokens, w.HeadSize];
        string[] Axes(int tokens) => [.. Sizes(tokens).Select(size => $"{size}")];
        OrtTensor[] inputs = [.. w.Inputs.Select(input => new OrtTensor(input.Name, Swap(input.Values, input.Tokens, w.Heads, w.HeadSize), Sizes(input.Tokens)))];
        foreach (var (name, tokens, _) in w.Inputs) model.Input(name, Axes(tokens));
        model.Output("y", Axes(w.Queries));
        if (form == Plain)
            model.Constant("scale", [1 / float.Sqrt(w.HeadSize)], 1)
                .Node("Transpose", ["k"], "kt", ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["q", "kt"], "s").Node("Mul", ["s", "scale"], "t")
                .Node("Softmax", ["t"], "p", ("axis", -1L)).Node("MatMul", ["p", "v"], "y");
        else model.Node("Attention", ["q", "k", "v"], "y");
        return new(form, new InferenceSession(model.ToBytes(Opset), options), inputs, new float[w.Samples * w.Queries * w.Channels], Sizes(w.Queries),
            y => Swap(y, w.Heads, w.Queries, w.HeadSize));
    }

    // [N, tokens, heads, size] to [N, heads, tokens, size]; with the counts swapped, back.
    static float[] Swap(float[] values, int tokens, int heads, int size)
    {
        var result = new float[values.Length];
        for (int start = 0; start < values.Length; start += tokens * heads * size)
            for (int t = 0; t < tokens; t++)
                for (int h = 0; h < heads; h++) Array.Copy(values, start + (t * heads + h) * size, result, start + (h * tokens + t) * size, size);
        return result;
    }

    sealed class HeadsFirstWork(string form, InferenceSession session, OrtTensor[] inputs, float[] output, long[] sizes, Func<float[], float[]> ordered) : PreparedWork(form)
    {
        readonly RunOptions _run = new();
        readonly string[] _names = [.. inputs.Select(input => input.Name)];
        readonly OrtValue[] _inputs = [.. inputs.Select(input => input.Value)];
        readonly OrtValue[] _outputs = [new OrtTensor("y", output, sizes).Value];

        public override void Run() => session.Run(_run, _names, _inputs, ["y"], _outputs);

        public override float[] Result() => ordered(output);

        public override void Dispose()
        {
            foreach (OrtValue value in _inputs.Concat(_outputs)) value.Dispose();
            _run.Dispose();
            session.Dispose();
        }
    }
}
