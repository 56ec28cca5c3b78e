using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// Decoder half: conv_in > bottleneck > levels (ResNets, then nearest x2 + conv) > norm > silu > conv_out.
sealed class VaeDecoder(Conv2d? convIn, VaeMiddle middle, ImmutableArray<(ImmutableArray<ResnetBlock> Resnets, Conv2d? Upsampler)> levels,
    GroupNorm convNormOut, Conv2d convOut)
{
    /// <param name="w">The decoder's scope.</param>
    /// <param name="config">The autoencoder.</param>
    /// <param name="stem">Whether it begins with conv_in; otherwise it takes features as wide as its bottleneck.</param>
    public static VaeDecoder Load(WeightScope w, AutoencoderConfig config, bool stem = true)
    {
        int channels = config.Channels[^1];
        var convIn = !stem ? null : Conv2d.Load(w["conv_in"], config.LatentChannels, channels, kernel: 3);
        var middle = VaeMiddle.Load(w["mid_block"], channels, config.NormGroups);
        var levels = ImmutableArray.CreateBuilder<(ImmutableArray<ResnetBlock>, Conv2d?)>();
        for (int level = 0; level < config.Channels.Length; level++)
        {
            var scope = w["up_blocks"][level];
            int outputs = config.Channels[config.Channels.Length - 1 - level];
            var resnets = ImmutableArray.CreateBuilder<ResnetBlock>();
            for (int i = 0; i <= config.LayersPerBlock; i++)
            {
                resnets.Add(ResnetBlock.Load(scope["resnets"][i], channels, outputs, config.NormGroups, VaeEncoder.NormEpsilon));
                channels = outputs;
            }
            levels.Add((resnets.ToImmutable(),
                level == config.Channels.Length - 1 ? null : Conv2d.Load(scope["upsamplers"][0]["conv"], channels, channels, kernel: 3)));
        }
        return new VaeDecoder(convIn, middle, levels.ToImmutable(),
            GroupNorm.Load(w["conv_norm_out"], channels, config.NormGroups, VaeEncoder.NormEpsilon),
                Conv2d.Load(w["conv_out"], channels, config.ImageChannels, kernel: 3));
    }

    /// <summary>[N, h, w, LatentChannels], or the features after conv_in, to [N, h*f, w*f, 3].</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="latent">A latent is kept; features are given back.</param>
    public Tensor Forward(Workspace ws, Tensor latent)
    {
        using var scope = ws.Scope(nameof(VaeDecoder));
        var h = middle.Forward(ws, convIn?.Forward(ws, latent) ?? latent);
        foreach (var (resnets, upsampler) in levels)
        {
            foreach (var resnet in resnets) h = ws.Replace(h, resnet.Forward(ws, h, null));
            if (upsampler is null) continue;
            h = ws.Replace(h, ws.ResizeNearest(h, 2 * h.Shape[1], 2 * h.Shape[2]));
            h = ws.Replace(h, upsampler.Forward(ws, h));
        }
        h = ws.Replace(h, convNormOut.ForwardSilu(ws, h));
        return scope.Return(convOut.Forward(ws, h));
    }
}
