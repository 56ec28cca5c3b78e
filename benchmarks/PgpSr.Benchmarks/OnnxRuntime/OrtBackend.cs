using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using PgpSr.Onnx;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// Operations as ONNX Runtime computes them: noted in a model as 'pgpsr export' writes it until a result is asked for, then run in one session, which
/// later results take again. What is uploaded is an input; vectors are parameters. So whole pipelines run on it, as long as they repeat themselves.
/// </summary>
/// <param name="options">Of the session; its own from here on.</param>
/// <param name="fusedAttention">Attention as one operator.</param>
/// <param name="pipeline">Whether results are read while it runs; a network that does cannot be a model.</param>
sealed class OrtBackend(SessionOptions options, bool fusedAttention, bool pipeline) : OnnxRecorder(new OnnxModel())
{
    readonly SessionOptions _options = options;
    readonly List<OrtTensor> _inputs = [];
    readonly RunOptions _run = new();
    InferenceSession? _session;
    OrtTensor? _output;
    (DeviceBuffer Buffer, long Offset)? _taken;
    float[] _values = [];
    int _next;

    /// <summary>Whether operations were made a session.</summary>
    public bool IsCompiled => _session is not null;

    /// <summary>Makes a session of what was noted, with this result.</summary>
    public void Compile(Tensor result)
    {
        Output("output", Raw(result));
        _session = new InferenceSession(Model.ToBytes(Opset), _options);
        Allot(Raw(result).Shape);
    }

    /// <summary>Runs the session.</summary>
    public void Evaluate() =>
        _session!.Run(_run, [.. _inputs.Select(input => input.Name)], [.. _inputs.Select(input => input.Value)], ["output"], [_output!.Value]);

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        if (!fusedAttention || causal)
        {
            base.Attention(q, k, v, heads, scale, causal, y);
            return;
        }
        OnnxValue query = Raw(q);
        string Tokens(Tensor x) => Raw(x).Shape.Rank == 3 ? Last(Raw(x)) : Node("Reshape", [Last(Raw(x)), Numbers(0, -1, x.Shape[-1])]);
        string fused = Fresh("attention");
        Model.Add("MultiHeadAttention", [Tokens(q), Tokens(k), Tokens(v)], [fused], "com.microsoft", ("num_heads", (long)heads), ("scale", scale));
        Set(y, new OnnxValue(query.Shape) { Last = query.Shape.Rank == 3 ? fused : Node("Reshape", [fused, Node("Shape", [Last(query)])]) });
    }

    protected override void UploadCore(ReadOnlySpan<byte> source, Tensor destination)
    {
        if (destination.Shape.Rank < 2)
        {
            base.UploadCore(source, destination);
            return;
        }
        _taken = null;
        string name = $"input{_next}";
        if (_next == _inputs.Count) _inputs.Add(new OrtTensor(name, destination.Shape));
        else if (_inputs[_next].Shape != destination.Shape) _inputs[_next] = new OrtTensor(name, destination.Shape);
        _inputs[_next++].Set(MemoryMarshal.Cast<byte, float>(source));
        Input(name, destination);
    }

    protected override void DownloadCore(Tensor source, Span<byte> destination)
    {
        if (_session is null && !pipeline) base.DownloadCore(source, destination);
        // Results leave in pieces; the first is where the whole begins.
        if (_taken is not { } whole || whole.Buffer != source.Buffer || source.Offset <= whole.Offset
            || source.Offset + source.ByteCount > whole.Offset + _values.Length * sizeof(float))
        {
            if (_session is null) Compile(source);
            Allot(Raw(source).Shape);
            Evaluate();
            _values = new float[_output!.Shape.Count];
            _output.Get(_values);
            _taken = whole = (source.Buffer, source.Offset);
            // What is noted from here on repeats what the session has.
            Model = new OnnxModel();
            _next = 0;
        }
        MemoryMarshal.AsBytes(_values.AsSpan()).Slice((int)(source.Offset - whole.Offset), destination.Length).CopyTo(destination);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (OrtTensor tensor in _inputs) tensor.Value.Dispose();
        _output?.Value.Dispose();
        _session?.Dispose();
        _run.Dispose();
        _options.Dispose();
        base.Dispose(disposing);
    }

    void Allot(Shape shape)
    {
        if (_output?.Shape != shape) _output = new OrtTensor("output", shape);
    }
}
