using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// Encoder half up to, and without, conv_norm_out: conv_in > levels (ResNets, then zeros right and below + stride 2) > bottleneck. FaithDiff's
// denoise_encoder is exactly this; the autoencoder puts its head after it.
sealed class VaeEncoder(Conv2d convIn, ImmutableArray<(ImmutableArray<ResnetBlock> Resnets, Conv2d? Downsampler)> levels, VaeMiddle middle)
{
    public const float NormEpsilon = 1e-6f;

    public static VaeEncoder Load(WeightScope w, AutoencoderConfig config)
    {
        int channels = config.Channels[0];
        var convIn = Conv2d.Load(w["conv_in"], config.ImageChannels, channels, kernel: 3);
        var levels = ImmutableArray.CreateBuilder<(ImmutableArray<ResnetBlock>, Conv2d?)>();
        for (int level = 0; level < config.Channels.Length; level++)
        {
            var scope = w["down_blocks"][level];
            var resnets = ImmutableArray.CreateBuilder<ResnetBlock>();
            for (int i = 0; i < config.LayersPerBlock; i++)
            {
                resnets.Add(ResnetBlock.Load(scope["resnets"][i], channels, config.Channels[level], config.NormGroups, NormEpsilon));
                channels = config.Channels[level];
            }
            levels.Add((resnets.ToImmutable(),
                level == config.Channels.Length - 1 ? null : Conv2d.LoadDownsampleRightBottom(scope["downsamplers"][0]["conv"], channels)));
        }
        return new VaeEncoder(convIn, levels.ToImmutable(), VaeMiddle.Load(w["mid_block"], channels, config.NormGroups));
    }

    /// <summary>[N, H, W, 3] to [N, H/f, W/f, Channels[^1]].</summary>
    public Tensor Forward(Workspace ws, Tensor image)
    {
        using var scope = ws.Scope(nameof(VaeEncoder));
        var h = convIn.Forward(ws, image);
        foreach (var (resnets, downsampler) in levels)
        {
            foreach (var resnet in resnets) h = ws.Replace(h, resnet.Forward(ws, h, null));
            if (downsampler is not null) h = ws.Replace(h, downsampler.Forward(ws, h));
        }
        return scope.Return(middle.Forward(ws, h));
    }
}
