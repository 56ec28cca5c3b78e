using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// The UNet of latent diffusion before transformers (diffusers UNet2DModel; Rombach et al. 2022, LDM-SR): ResNets with time, attention blocks over
/// pixels at some levels and in the bottleneck, no text.
/// </summary>
sealed class LdmUnet : LoadedNetwork<LdmUnetConfig>
{
    readonly TimestepMlp _timeEmbedding;
    readonly Conv2d _convIn;
    readonly ImmutableArray<Level> _down;
    readonly ResnetBlock _middle0;
    readonly AttentionBlock _middleAttention;
    readonly ResnetBlock _middle1;
    readonly ImmutableArray<Level> _up;
    readonly GroupNorm _convNormOut;
    readonly Conv2d _convOut;

    LdmUnet(WeightScope w, LdmUnetConfig config)
        : base(config)
    {
        int stem = config.Channels[0], levels = config.Channels.Length, channels = stem;
        _timeEmbedding = TimestepMlp.Load(w["time_embedding"], stem, TimeChannels);
        _convIn = Conv2d.Load(w["conv_in"], config.InChannels, stem, kernel: 3);
        var skips = new Stack<int>([stem]);
        var down = ImmutableArray.CreateBuilder<Level>();
        for (int level = 0; level < levels; level++)
        {
            var inputs = new List<int>();
            for (int i = 0; i < config.LayersPerBlock; i++)
            {
                inputs.Add(channels);
                channels = config.Channels[level];
                skips.Push(channels);
            }
            if (level < levels - 1) skips.Push(channels);
            down.Add(LoadLevel(w["down_blocks"][level], level, inputs, level < levels - 1 ? "downsamplers" : null, stride: 2));
        }
        _down = down.ToImmutable();
        var middle = w["mid_block"];
        _middle0 = Resnet(middle["resnets"][0], channels, channels);
        _middleAttention = Attends(middle["attentions"][0], channels);
        _middle1 = Resnet(middle["resnets"][1], channels, channels);
        var up = ImmutableArray.CreateBuilder<Level>();
        for (int i = 0; i < levels; i++)
        {
            int level = levels - 1 - i;
            var inputs = new List<int>();
            for (int layer = 0; layer <= config.LayersPerBlock; layer++)
            {
                inputs.Add(channels + skips.Pop());
                channels = config.Channels[level];
            }
            up.Add(LoadLevel(w["up_blocks"][i], level, inputs, level > 0 ? "upsamplers" : null, stride: 1));
        }
        _up = up.ToImmutable();
        _convNormOut = GroupNorm.Load(w["conv_norm_out"], stem, config.NormGroups, config.NormEpsilon);
        _convOut = Conv2d.Load(w["conv_out"], stem, config.OutChannels, kernel: 3);
    }

    int TimeChannels => 4 * Config.Channels[0];

    /// <summary>Loads a network; every tensor of the source must be used. Old and new names of the attention are understood.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static LdmUnet Load(WeightSource source, Backend backend, LdmUnetConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new LdmUnet(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(LdmUnetConfig config) =>
        WeightLoader.Declare(config, (w, known) => new LdmUnet(w, known));

    /// <summary>One evaluation.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, InChannels]: the latent, then the picture; kept.</param>
    /// <param name="timestep">Of all rows.</param>
    /// <returns>The noise in the latent, [N, H, W, OutChannels], float32.</returns>
    public Tensor Forward(Workspace ws, Tensor x, float timestep)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(x);
        using var scope = ws.Scope(nameof(LdmUnet));
        var sinusoid = ws.TimestepEmbedding([.. Enumerable.Repeat(timestep, x.Shape[0])], Config.Channels[0]);
        // Every ResNet begins with this silu, so it is taken once.
        var time = ws.Silu(_timeEmbedding.Forward(ws, sinusoid));
        var skips = new SkipStack();
        var h = _convIn.Forward(ws, x, type: ws.Backend.ActivationType);
        skips.Push(h);
        foreach (var level in _down) h = level.Down(ws, h, time, skips);
        h = _middle0.Forward(ws, h, time);
        h = _middleAttention.Forward(ws, h);
        h = ws.Replace(h, _middle1.Forward(ws, h, time));
        foreach (var level in _up) h = level.Up(ws, h, time, skips);
        h = ws.Replace(h, _convNormOut.ForwardSilu(ws, h));
        return scope.Return(ws.Replace(h, _convOut.Forward(ws, h, type: DType.F32)));
    }

    Level LoadLevel(WeightScope w, int level, List<int> inputs, string? resampler, int stride)
    {
        int channels = Config.Channels[level];
        return new Level(
            [.. inputs.Select((width, i) => (
                Resnet(w["resnets"][i], width, channels), Config.Attends[level] ? Attends(w["attentions"][i], channels) : null))],
            resampler is null ? null : Conv2d.Load(w[resampler][0]["conv"], channels, channels, kernel: 3, stride: stride));
    }

    ResnetBlock Resnet(WeightScope w, int inputs, int outputs) =>
        ResnetBlock.Load(w, inputs, outputs, TimeChannels, Config.NormGroups, Config.NormGroups, Config.NormEpsilon);

    AttentionBlock Attends(WeightScope w, int channels) =>
        AttentionBlock.Load(w, channels, channels / Config.HeadChannels, Config.NormGroups, Config.NormEpsilon);

    // One level, down or up: ResNets, each with an attention block after it or not, and a resampler at the end or not.
    sealed class Level(ImmutableArray<(ResnetBlock Resnet, AttentionBlock? Attention)> layers, Conv2d? resampler)
    {
        // Results stay on the stack.
        public Tensor Down(Workspace ws, Tensor x, Tensor time, SkipStack skips)
        {
            foreach (var layer in layers) skips.Push(x = Run(ws, layer, x, time));
            if (resampler is null) return x;
            x = resampler.Forward(ws, x);
            skips.Push(x);
            return x;
        }

        // Gives x and the skips back.
        public Tensor Up(Workspace ws, Tensor x, Tensor time, SkipStack skips)
        {
            foreach (var layer in layers)
            {
                var skip = skips.Pop();
                var joined = ws.ConcatChannels(x, skip);
                x.Dispose();
                skip.Dispose();
                x = Run(ws, layer, joined, time);
                joined.Dispose();
            }
            if (resampler is null) return x;
            var (height, width) = skips.Size;
            x = ws.Replace(x, ws.ResizeNearest(x, height, width));
            return ws.Replace(x, resampler.Forward(ws, x));
        }

        static Tensor Run(Workspace ws, (ResnetBlock Resnet, AttentionBlock? Attention) layer, Tensor x, Tensor time)
        {
            var h = layer.Resnet.Forward(ws, x, time);
            return layer.Attention?.Forward(ws, h) ?? h;
        }
    }
}
