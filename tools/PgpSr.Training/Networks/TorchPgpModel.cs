using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Training;

/// <summary>
/// The networks of <see cref="PgpModel"/> in libtorch, written as functions of named weights: the same configuration, the same keys, the same results
/// (the verify command compares them). Maps are [N, C, H, W], stored channels-last.
/// </summary>
/// <param name="config">The model.</param>
/// <param name="weights">Its tensors.</param>
/// <param name="fast">By our own operations where they can (<see cref="Convolution"/>, <see cref="NormSilu"/>); else by libtorch's, which checks compare the library with.</param>
sealed class TorchPgpModel(PgpConfig config, TorchParameters.Views weights, bool fast = false)
{
    // Under the root of |V|^2 where a phase is taken. The library has none: the difference is seen only in bins a hundred thousand times weaker than the mean.
    static readonly Scalar s_phaseFloor = 1e-10;
    const double AdapterNormEpsilon = 1e-6;
    const double TransformerNormEpsilon = 1e-6;

    readonly UnetConfig _unet = config.Unet;

    /// <summary>One evaluation.</summary>
    /// <param name="z">[N, InputChannels, h, w].</param>
    /// <param name="degraded">[N, DegradedChannels, h, w], for the guide.</param>
    /// <param name="timesteps">Of each row, or one for all.</param>
    public Tensor Forward(Tensor z, Tensor degraded, float[] timesteps)
    {
        Tensor? guide = config.GuideChannels > 0 ? Conv("condition_embedding.conv_out", functional.silu(Conv("condition_embedding.conv_in", degraded))) : null;
        Tensor h = Conv("conv_in", z).to(ScalarType.Float32);
        if (config.Phase == PhasePlacement.Stem) h = Adapter("phase_adapter", h, guide!);

        Tensor time = functional.silu(TimestepMlp(timesteps));
        var skips = new Stack<Tensor>([h]);
        for (int s = 0; s < _unet.Down.Length; s++)
        {
            var stage = _unet.Down[s];
            for (int i = 0; i < stage.TransformerDepths.Length; i++) skips.Push(h = Layer($"down_blocks.{s}", i, stage, h, time));
            if (stage.Resample) skips.Push(h = Conv($"down_blocks.{s}.downsamplers.0.conv", h, stride: 2));
        }
        if (_unet.Middle is { } middle)
        {
            h = Resnet("mid_block.resnets.0", h, time);
            if (middle.TransformerDepth >= 0) h = Transformer("mid_block.attentions.0", h, middle.Heads, middle.TransformerDepth);
            if (weights.Has("mid_block.resnets.1.conv1.weight")) h = Resnet("mid_block.resnets.1", h, time);
        }
        List<Tensor> pyramid = config.Phase == PhasePlacement.Decoder ? Pyramid(guide!) : [];
        for (int s = 0; s < _unet.Up.Length; s++)
        {
            var stage = _unet.Up[s];
            if (pyramid.Count > 0) h = Adapter($"phase_adapters.{s}", h, pyramid.First(level => level.shape[2] == h.shape[2] && level.shape[3] == h.shape[3]));
            for (int i = 0; i < stage.TransformerDepths.Length; i++) h = Layer($"up_blocks.{s}", i, stage, cat([h, skips.Pop()], 1), time);
            if (stage.Resample)
            {
                var size = skips.Peek().shape;
                h = functional.interpolate(h, [size[2], size[3]], mode: InterpolationMode.Nearest);
                h = Conv($"up_blocks.{s}.upsamplers.0.conv", h);
            }
        }
        return Conv("conv_out", NormSilu("conv_norm_out", h));
    }

    Tensor Layer(string stage, int i, UnetStageConfig config, Tensor x, Tensor time)
    {
        x = Resnet($"{stage}.resnets.{i}", x, time);
        return config.TransformerDepths[i] < 0 ? x : Transformer($"{stage}.attentions.{i}", x, config.Heads, config.TransformerDepths[i]);
    }

    Tensor Resnet(string w, Tensor x, Tensor time)
    {
        Tensor h = Conv($"{w}.conv1", NormSilu($"{w}.norm1", x));
        h = Conv($"{w}.conv2", NormSilu($"{w}.norm2", h, Linear($"{w}.time_emb_proj", time)));
        return (weights.Has($"{w}.conv_shortcut.weight") ? Conv($"{w}.conv_shortcut", x).to(ScalarType.Float32) : x).Plus(h);
    }

    Tensor Transformer(string w, Tensor x, int heads, int depth)
    {
        long n = x.shape[0], c = x.shape[1], height = x.shape[2], width = x.shape[3];
        Tensor h = GroupNorm($"{w}.norm", x, TransformerNormEpsilon).permute(0, 2, 3, 1).reshape(n, height * width, c);
        h = Linear($"{w}.proj_in", h);
        for (int d = 0; d < depth; d++)
        {
            string block = $"{w}.transformer_blocks.{d}";
            h = h.Plus(Attention($"{block}.attn1", LayerNorm($"{block}.norm1", h), heads));
            Tensor[] halves = Linear($"{block}.ff.net.0.proj", LayerNorm($"{block}.norm3", h)).chunk(2, -1);
            h = h.Plus(Linear($"{block}.ff.net.2", halves[0].mul(functional.gelu(halves[1]))));
        }
        return x.Plus(Linear($"{w}.proj_out", h).reshape(n, height, width, c).permute(0, 3, 1, 2));
    }

    Tensor Attention(string w, Tensor x, int heads)
    {
        long n = x.shape[0], tokens = x.shape[1], c = x.shape[2];
        Tensor Heads(string name) => functional.linear(x.to(weights.Type), weights[$"{w}.{name}.weight"]).view(n, tokens, heads, c / heads).transpose(1, 2);
        Tensor h = functional.scaled_dot_product_attention(Heads("to_q"), Heads("to_k"), Heads("to_v"));
        return Linear($"{w}.to_out.0", h.transpose(1, 2).reshape(n, tokens, c));
    }

    List<Tensor> Pyramid(Tensor guide)
    {
        var levels = new List<Tensor> { guide };
        for (int i = 0; weights.Has($"phase_pyramid.{i}.weight"); i++) levels.Add(functional.silu(Conv($"phase_pyramid.{i}", levels[^1], stride: 2)));
        return levels;
    }

    Tensor Adapter(string w, Tensor x, Tensor guide)
    {
        Tensor u = Conv($"{w}.proj_x", GroupNorm($"{w}.norm_x", x, AdapterNormEpsilon));
        Tensor v = Conv($"{w}.proj_g", GroupNorm($"{w}.norm_g", guide, AdapterNormEpsilon));
        var (exchangedU, exchangedV) = Exchange(u, v);
        Tensor h = functional.silu(Conv($"{w}.conv_1", cat([exchangedU, exchangedV], 1)));
        return x.Plus(Conv($"{w}.conv_2", h));
    }

    // Amplitude of one, phase of the other, in single precision whatever the network computes in.
    static (Tensor U, Tensor V) Exchange(Tensor u, Tensor v)
    {
        long[] size = [u.shape[2], u.shape[3]];
        Tensor uf = fft.rfft2(u.to(ScalarType.Float32), norm: FFTNormType.Ortho), vf = fft.rfft2(v.to(ScalarType.Float32), norm: FFTNormType.Ortho);
        Tensor ua = Amplitude(uf), va = Amplitude(vf);
        Tensor ratio = ua.div(va);
        return (fft.irfft2(vf.mul(ratio), size, norm: FFTNormType.Ortho).to(u.dtype), fft.irfft2(uf.div(ratio), size, norm: FFTNormType.Ortho).to(u.dtype));
    }

    static Tensor Amplitude(Tensor spectrum) => spectrum.real.Squared().Plus(spectrum.imag.Squared()).add(s_phaseFloor).sqrt();

    Tensor TimestepMlp(float[] timesteps)
    {
        int half = _unet.StemChannels / 2;
        var angles = new float[timesteps.Length * 2 * half];
        for (int n = 0; n < timesteps.Length; n++)
        {
            for (int i = 0; i < half; i++)
            {
                float angle = timesteps[n] * MathF.Exp(-MathF.Log(10000) * i / half);
                angles[n * 2 * half + i] = MathF.Cos(angle);
                angles[n * 2 * half + half + i] = MathF.Sin(angle);
            }
        }
        Tensor t = tensor(angles, [timesteps.Length, 2 * half]);
        return Linear("time_embedding.linear_2", functional.silu(Linear("time_embedding.linear_1", t)));
    }

    Tensor Conv(string w, Tensor x, long stride = 1)
    {
        Tensor weight = weights[$"{w}.weight"];
        if (fast && stride == 1 && Convolution.Serves(x, weight)) return Convolution.Run(x, weight, weights[$"{w}.bias"]);
        long pad = weight.shape[2] / 2;
        return functional.conv2d(x.to(weights.Type), weight, weights[$"{w}.bias"], [stride, stride], [pad, pad]);
    }

    Tensor Linear(string w, Tensor x) => functional.linear(x.to(weights.Type), weights[$"{w}.weight"], weights[$"{w}.bias"]);

    Tensor GroupNorm(string w, Tensor x, double epsilon) => functional.group_norm(x, _unet.NormGroups, weights.Full($"{w}.weight"), weights.Full($"{w}.bias"), epsilon);

    // silu(norm(x + shift)), shift [N, C] or [1, C].
    Tensor NormSilu(string w, Tensor x, Tensor? shift = null)
    {
        if ((fast || weights.Type == ScalarType.BFloat16) && Training.NormSilu.Serves(x.shape[1]))
        {
            Tensor each = shift is null ? zeros(x.shape[0], x.shape[1]) : shift.to(ScalarType.Float32).expand(x.shape[0], x.shape[1]).contiguous();
            return Training.NormSilu.Run(x, each, weights.Full($"{w}.weight"), weights.Full($"{w}.bias"), _unet.NormGroups, _unet.NormEpsilon, weights.Type);
        }
        if (shift is not null) x = x.Plus(shift.unsqueeze(-1).unsqueeze(-1));
        return functional.silu(GroupNorm(w, x, _unet.NormEpsilon));
    }

    Tensor LayerNorm(string w, Tensor x) => functional.layer_norm(x, [x.shape[^1]], weights.Full($"{w}.weight"), weights.Full($"{w}.bias"), 1e-5);
}
