using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Benchmarks;

/// <summary>libtorch, inference mode: products with inputs, weights and results of one type; what memory limits in float32.</summary>
sealed class TorchPeer : IPeer
{
    readonly IDisposable _inference;
    readonly Device _device;
    readonly ScalarType _type;

    public TorchPeer(Device device, ScalarType type)
    {
        _device = device;
        _type = type;
        InitializeDeviceType(device.type);
        _inference = inference_mode();
        Version = $"libtorch {__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)})";
    }

    public string Name => _type == ScalarType.BFloat16 ? "torch-bf16" : "torch";

    public bool Rounds => _type == ScalarType.BFloat16;

    public string Version { get; }

    public void Dispose() => _inference.Dispose();

    public IEnumerable<PreparedWork> Prepare(Work work, int threads)
    {
        if (_device.type == DeviceType.CPU) set_num_threads(threads);
        return work switch
        {
            LinearWork linear => Linear(linear),
            ConvWork conv => Conv(conv),
            AttentionWork attention => Attention(attention),
            _ when _type == ScalarType.BFloat16 => [],
            MapWork map => Map(map),
            FftWork fft => Fft(fft),
            _ => [],
        };
    }

    Tensor Single(float[] values, params long[] sizes) => tensor(values, sizes).to(_device);

    Tensor Typed(float[] values, params long[] sizes)
    {
        Tensor single = Single(values, sizes);
        if (_type == ScalarType.Float32) return single;
        using (single) return single.to(_type);
    }

    IEnumerable<PreparedWork> Linear(LinearWork w)
    {
        Tensor x = Typed(w.Input(), w.Rows, w.Inputs), weight = Typed(w.Weight(), w.Columns, w.Inputs), bias = Typed(w.Bias(), w.Columns);
        yield return new TorchWork(w.Operation, [x, weight, bias], () =>
        {
            Tensor y = functional.linear(x, weight, bias);
            if (!w.Gated) return y;
            Tensor[] halves = y.chunk(2, dim: -1);
            using (y)
            using (halves[0])
            using (halves[1])
            using (Tensor gate = functional.gelu(halves[1])) return halves[0] * gate;
        }, y => y);
    }

    IEnumerable<PreparedWork> Conv(ConvWork w)
    {
        foreach (bool channelsLast in (bool[])[false, true])
        {
            Tensor x = Image(Typed(w.Input(), w.Samples, w.Height, w.Width, w.Inputs), channelsLast), bias = Typed(w.Bias(), w.Outputs);
            Tensor plain = Typed(w.Weight(), w.Outputs, w.Inputs, w.Kernel, w.Kernel);
            Tensor weight = channelsLast ? plain.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : plain;
            long p = w.Kernel / 2;
            yield return new TorchWork(channelsLast ? "conv2d channels last" : "conv2d", [x, plain, weight, bias],
                () => functional.conv2d(x, weight, bias, [w.Stride, w.Stride], [p, p]), ChannelsLast);
        }
    }

    IEnumerable<PreparedWork> Attention(AttentionWork w)
    {
        Tensor Heads(float[] values, int tokens) => Typed(values, w.Samples, tokens, w.Heads, w.HeadSize).transpose(1, 2);
        foreach (bool contiguous in (bool[])[false, true])
        {
            Tensor q = Heads(w.Q(), w.Queries), k = Heads(w.K(), w.Keys), v = Heads(w.V(), w.Keys);
            if (contiguous) (q, k, v) = (q.contiguous(), k.contiguous(), v.contiguous());
            yield return new TorchWork(contiguous ? "sdpa heads first" : "sdpa", [q, k, v],
                () => functional.scaled_dot_product_attention(q, k, v), y => y.transpose(1, 2));
        }
    }

    IEnumerable<PreparedWork> Map(MapWork w)
    {
        foreach (bool channelsLast in w.Kind == "layer_norm" ? [true] : (bool[])[false, true])
        {
            Tensor x = Image(Single(w.Input(), w.Samples, w.Height, w.Width, w.Channels), channelsLast);
            Tensor gamma = Single(w.Gamma(), w.Channels), beta = Single(w.Beta(), w.Channels);
            Tensor other = w.Kind == "add" ? Image(Single(Noise.Uniform((int)x.numel(), 2, 4), w.Samples, w.Height, w.Width, w.Channels), channelsLast) : x;
            Func<Tensor> run = w.Kind switch
            {
                MapWork.GroupNorm => () => functional.group_norm(x, w.Groups, gamma, beta, MapWork.Epsilon).silu_(),
                "layer_norm" => () => functional.layer_norm(x.permute(0, 2, 3, 1), [w.Channels], gamma, beta, MapWork.Epsilon).permute(0, 3, 1, 2),
                "silu" => () => functional.silu(x),
                "add" => () => x + other,
                _ => x.clone,
            };
            yield return new TorchWork(channelsLast ? $"{w.Kind} chan.last" : w.Kind, [x, gamma, beta, other], run, ChannelsLast);
        }
    }

    IEnumerable<PreparedWork> Fft(FftWork w)
    {
        Tensor x = Image(Single(w.Input(), w.Samples, w.Height, w.Width, w.Channels), channelsLast: false);
        yield return new TorchWork("rfft2 irfft2", [x], () =>
        {
            using Tensor spectrum = fft.rfft2(x);
            return fft.irfft2(spectrum, [w.Height, w.Width]);
        }, ChannelsLast);

        // Over the middle axes, as the data would lie beside channels-last convolutions.
        Tensor last = Single(w.Input(), w.Samples, w.Height, w.Width, w.Channels);
        yield return new TorchWork("rfft2 irfft2 chan.last", [last], () =>
        {
            using Tensor spectrum = fft.rfft2(last, dim: [1, 2]);
            return fft.irfft2(spectrum, [w.Height, w.Width], [1, 2]);
        }, y => y);
    }

    /// <summary>[N, C, H, W] of a channels-last map, laid out as asked.</summary>
    static Tensor Image(Tensor map, bool channelsLast)
    {
        Tensor image = map.permute(0, 3, 1, 2);
        return channelsLast ? image : image.contiguous();
    }

    static Tensor ChannelsLast(Tensor y) => y.permute(0, 2, 3, 1);
}
