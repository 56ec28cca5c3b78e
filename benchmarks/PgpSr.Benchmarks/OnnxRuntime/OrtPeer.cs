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

    public IEnumerable<string> Forms(Work work) => work switch
    {
        LinearWork => ["Gemm", "MatMul + Add"],
        AttentionWork => [Fused, "Attention", Plain],
        MapWork { Kind: not ("copy" or MapWork.Fft) } => ["operators"],
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
            var prepared = new OrtWork(work.Prepare(backend, DType.F32, form, owned: true), backend);
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
        OrtTensor[] inputs = [.. w.Inputs.Zip(["q", "k", "v"], (input, name) => new OrtTensor(name, input.Shape, w.HeadSize))];
        foreach (var (index, input) in inputs.Index()) input.Set(BackendWork.Noise(input.Shape, w.Inputs[index].Scale, index + 1));
        var output = new OrtTensor("y", w.Inputs[0].Shape, w.HeadSize);
        static string[] Axes(OrtTensor tensor) => [.. tensor.Sizes.Select(size => $"{size}")];
        foreach (OrtTensor input in inputs) model.Input(input.Name, Axes(input));
        model.Output(output.Name, Axes(output));
        if (form == Plain)
            model.Constant("scale", [1 / float.Sqrt(w.HeadSize)], 1)
                .Node("Transpose", ["k"], "kt", ("perm", new long[] { 0, 1, 3, 2 })).Node("MatMul", ["q", "kt"], "s").Node("Mul", ["s", "scale"], "t")
                .Node("Softmax", ["t"], "p", ("axis", -1L)).Node("MatMul", ["p", "v"], "y");
        else model.Node("Attention", ["q", "k", "v"], "y");
        return new(form, new InferenceSession(model.ToBytes(Opset), options), inputs, output);
    }

    sealed class HeadsFirstWork(string form, InferenceSession session, OrtTensor[] inputs, OrtTensor output) : PreparedWork(form)
    {
        readonly RunOptions _run = new();
        readonly string[] _names = [.. inputs.Select(input => input.Name)];
        readonly OrtValue[] _inputs = [.. inputs.Select(input => input.Value)];

        public override void Run() => session.Run(_run, _names, _inputs, [output.Name], [output.Value]);

        public override float[] Result()
        {
            var values = new float[output.Shape.Count];
            output.Get(values);
            return values;
        }

        public override void Dispose()
        {
            foreach (OrtTensor tensor in inputs.Append(output)) tensor.Value.Dispose();
            _run.Dispose();
            session.Dispose();
        }
    }
}
