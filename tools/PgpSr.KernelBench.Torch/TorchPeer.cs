using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.KernelBench.Torch;

/// <summary>libtorch on the CPU, inference mode: every operation in float32, or products with inputs, weights and results in bfloat16.</summary>
sealed class TorchPeer : IPeer
{
    readonly IDisposable _inference;

    readonly bool _bfloat16;

    public TorchPeer(bool bfloat16)
    {
        _bfloat16 = bfloat16;
        InitializeDeviceType(DeviceType.CPU);
        _inference = inference_mode();
        Version = $"libtorch {__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)})";
    }

    public string Name => _bfloat16 ? "torch-bf16" : "torch";

    public bool Rounds => _bfloat16;

    public string Version { get; }

    public void Dispose() => _inference.Dispose();

    public IEnumerable<IPreparedWork> Prepare(Work work, int threads)
    {
        set_num_threads(threads);
        return work switch
        {
            LinearWork linear => Linear(linear),
            ConvWork conv => Conv(conv),
            AttentionWork attention => Attention(attention),
            _ when _bfloat16 => [],
            GroupNormSiluWork norm => GroupNormSilu(norm),
            FftWork fft => Fft(fft),
            _ => [],
        };
    }

    Tensor Typed(Tensor single)
    {
        if (!_bfloat16) return single;
        using (single) return single.to(ScalarType.BFloat16);
    }

    IEnumerable<IPreparedWork> Linear(LinearWork w)
    {
        Tensor x = Typed(tensor(w.Input(), [w.Rows, w.Inputs])), weight = Typed(tensor(w.Weight(), [w.Outputs, w.Inputs]));
        Tensor bias = Typed(tensor(w.Bias(), [w.Outputs]));
        yield return new TorchWork("linear", [x, weight, bias], () => functional.linear(x, weight, bias), y => y);
    }

    IEnumerable<IPreparedWork> Conv(ConvWork w)
    {
        foreach (bool channelsLast in (bool[])[false, true])
        {
            Tensor x = Typed(Image(w.Input(), w.Height, w.Width, w.Inputs, channelsLast)), bias = Typed(tensor(w.Bias(), [w.Outputs]));
            Tensor plain = Typed(tensor(w.Weight(), [w.Outputs, w.Inputs, w.Kernel, w.Kernel]));
            Tensor weight = channelsLast ? plain.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : plain;
            long p = w.Kernel / 2;
            yield return new TorchWork(channelsLast ? "conv2d channels last" : "conv2d", [x, plain, weight, bias],
                () => functional.conv2d(x, weight, bias, [w.Stride, w.Stride], [p, p]), ChannelsLast);
        }
    }

    IEnumerable<IPreparedWork> Attention(AttentionWork w)
    {
        Tensor Heads(float[] values, int tokens) => Typed(tensor(values, [1, tokens, w.Heads, w.HeadSize])).transpose(1, 2);
        foreach (bool contiguous in (bool[])[false, true])
        {
            Tensor q = Heads(w.Q(), w.Queries), k = Heads(w.K(), w.Keys), v = Heads(w.V(), w.Keys);
            if (contiguous) (q, k, v) = (q.contiguous(), k.contiguous(), v.contiguous());
            yield return new TorchWork(contiguous ? "sdpa heads first" : "sdpa", [q, k, v],
                () => functional.scaled_dot_product_attention(q, k, v), y => y.transpose(1, 2));
        }
    }

    static IEnumerable<IPreparedWork> GroupNormSilu(GroupNormSiluWork w)
    {
        foreach (bool channelsLast in (bool[])[false, true])
        {
            Tensor x = Image(w.Input(), w.Height, w.Width, w.Channels, channelsLast);
            Tensor gamma = tensor(w.Gamma(), [w.Channels]), beta = tensor(w.Beta(), [w.Channels]);
            yield return new TorchWork(channelsLast ? "group_norm silu_ chan.last" : "group_norm silu_", [x, gamma, beta],
                () => functional.group_norm(x, GroupNormSiluWork.Groups, gamma, beta, GroupNormSiluWork.Epsilon).silu_(), ChannelsLast);
        }
    }

    static IEnumerable<IPreparedWork> Fft(FftWork w)
    {
        Tensor x = Image(w.Input(), w.Height, w.Width, w.Channels, channelsLast: false);
        yield return new TorchWork("rfft2 irfft2", [x], () =>
        {
            using Tensor spectrum = fft.rfft2(x);
            return fft.irfft2(spectrum, [w.Height, w.Width]);
        }, ChannelsLast);

        // Over the middle axes of [H, W, C], as the data would lie beside channels-last convolutions.
        Tensor last = tensor(w.Input(), [w.Height, w.Width, w.Channels]);
        yield return new TorchWork("rfft2 irfft2 chan.last", [last], () =>
        {
            using Tensor spectrum = fft.rfft2(last, dim: [0, 1]);
            return fft.irfft2(spectrum, [w.Height, w.Width], [0, 1]);
        }, y => y);
    }

    /// <summary>[1, C, H, W] of a channels-last array, laid out as asked.</summary>
    static Tensor Image(float[] values, int height, int width, int channels, bool channelsLast)
    {
        Tensor image = tensor(values, [1, height, width, channels]).permute(0, 3, 1, 2);
        return channelsLast ? image : image.contiguous();
    }

    static Tensor ChannelsLast(Tensor y) => y.permute(0, 2, 3, 1);
}
