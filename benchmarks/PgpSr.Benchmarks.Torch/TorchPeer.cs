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
        // libtorch takes and gives every tensor anew, so nothing is prepared but inputs and weights.
        var backend = new TorchBackend(_type, channelsFirst: form == First, headsFirst: form == HeadsFirst);
        return work.Prepare(backend, work.HasWeights && Rounds ? Tensors.DType.BF16 : Tensors.DType.F32, form, owned: true);
    }
}
