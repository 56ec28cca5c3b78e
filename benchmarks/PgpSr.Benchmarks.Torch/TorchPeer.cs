using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Benchmarks;

/// <summary>libtorch, inference mode: products with inputs, weights and results of one type; what memory limits in float32.</summary>
sealed class TorchPeer : IPeer
{
    const string First = "NCHW", Last = "channels last", HeadsFirst = "sdpa heads first";

    readonly IDisposable _inference;
    readonly ScalarType _type;

    public TorchPeer(ScalarType type)
    {
        _type = type;
        InitializeDeviceType(DeviceType.CPU);
        _inference = inference_mode();
        Version = $"libtorch {__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)})";
    }

    public string Name => _type == ScalarType.BFloat16 ? "torch-bf16" : "torch";

    public bool Rounds => _type == ScalarType.BFloat16;

    public string Version { get; }

    public void Dispose() => _inference.Dispose();

    public IEnumerable<string> Forms(Work work) => work switch
    {
        LinearWork => ["linear"],
        AttentionWork => ["sdpa", HeadsFirst],
        ConvWork or NetworkWork or PictureWork => [First, Last],
        _ when Rounds => [],
        MapWork { Kind: "layer_norm" } => [Last],
        _ => [First, Last],
    };

    public PreparedWork? Prepare(Work work, string form, int threads)
    {
        set_num_threads(threads);
        if (work is AttentionWork attention && form == HeadsFirst) return new HeadsFirstWork(attention, _type);
        // libtorch takes and gives every tensor anew, so nothing is prepared but inputs and weights.
        return work.Prepare(new TorchBackend(_type, channelsFirst: form == First), form, work.HasWeights && Rounds ? Tensors.DType.BF16 : Tensors.DType.F32, owned: true);
    }

    /// <summary>Attention of tensors that lie as it likes them best.</summary>
    sealed class HeadsFirstWork(AttentionWork w, ScalarType type) : PreparedWork(HeadsFirst)
    {
        readonly Tensor[] _inputs =
            [.. w.Inputs.Select(input => tensor(input.Values, [w.Samples, input.Tokens, w.Heads, w.HeadSize]).to(type).transpose(1, 2).contiguous())];
        Tensor? _output;

        public override void Run()
        {
            _output?.Dispose();
            _output = nn.functional.scaled_dot_product_attention(_inputs[0], _inputs[1], _inputs[2]);
        }

        public override float[] Result()
        {
            using var scope = NewDisposeScope();
            return _output!.to(ScalarType.Float32).transpose(1, 2).contiguous().data<float>().ToArray();
        }

        public override void Dispose()
        {
            _output?.Dispose();
            foreach (Tensor tensor in _inputs) tensor.Dispose();
        }
    }
}
