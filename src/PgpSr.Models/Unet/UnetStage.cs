using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>One level of the UNet, down or up: ResNets, each with a transformer after it or not, and a resampler at the end or not.</summary>
sealed class UnetStage(string path, ImmutableArray<(ResnetBlock Resnet, Transformer2d? Transformer)> layers, Conv2d? resampler)
{
    /// <param name="w">The UNet's scope.</param>
    /// <param name="name">The level's name in it: <c>down_blocks</c>, <c>up_blocks</c>.</param>
    /// <param name="index">Which of them.</param>
    /// <param name="config">The network.</param>
    /// <param name="stage">The level.</param>
    /// <param name="inputs">Input channels of each ResNet: on the way up with the skip's.</param>
    /// <param name="downward">Which resampler it ends in.</param>
    public static UnetStage Load(
        WeightScope w, string name, int index, UnetConfig config, UnetStageConfig stage, IReadOnlyList<int> inputs, bool downward) =>
        // Whatever stands before the UNet's keys in a file, probes know levels by the UNet's own names.
        Load(w[name][index], FormattableString.Invariant($"{name}.{index}"), config, stage, inputs, downward);

    static UnetStage Load(WeightScope w, string path, UnetConfig config, UnetStageConfig stage, IReadOnlyList<int> inputs, bool downward) => new(
        path,
        [.. Enumerable.Range(0, stage.TransformerDepths.Length).Select(i => (
            ResnetBlock.Load(w["resnets"][i], inputs[i], stage.Channels, config),
            stage.TransformerDepths[i] < 0 ? null
                : Transformer2d.Load(w["attentions"][i], stage.Channels, stage.Heads, stage.TransformerDepths[i], config, stage.OnlyCrossAttention)))],
        !stage.Resample ? null
            : downward ? Conv2d.Load(w["downsamplers"][0]["conv"], stage.Channels, stage.Channels, kernel: 3, stride: 2)
            : Conv2d.Load(w["upsamplers"][0]["conv"], stage.Channels, stage.Channels, kernel: 3));

    /// <summary>Attentions that see the text.</summary>
    public IEnumerable<Attention> CrossAttentions => layers.SelectMany(layer => layer.Transformer?.CrossAttentions ?? []);

    /// <summary>Way down: every layer's result and the downsampler's go to the skips and stay there; so does <paramref name="x"/>, which came from
    /// them.</summary>
    public Tensor Down(Workspace ws, Tensor x, Tensor? time, UnetCondition condition, SkipStack skips, FeatureProbe? probe)
    {
        x = DownLayers(ws, x, time, condition, skips, probe);
        if (resampler is not null)
        {
            x = resampler.Forward(ws, x);
            skips.Push(x);
        }
        return x;
    }

    /// <summary><see cref="Down"/> without the downsampler: nothing below this level follows.</summary>
    public Tensor DownLayers(Workspace ws, Tensor x, Tensor? time, UnetCondition condition, SkipStack skips, FeatureProbe? probe)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            x = Layer(ws, i, x, time, condition, probe);
            skips.Push(x);
        }
        probe?.OnStage(ws, path, x);
        return x;
    }

    /// <summary>
    /// Way up: every layer takes the last skip beside its input. Gives the skips back, and <paramref name="x"/> unless <paramref name="keep"/>.
    /// </summary>
    public Tensor Up(Workspace ws, Tensor x, Tensor? time, UnetCondition condition, SkipStack skips, FeatureProbe? probe, bool keep = false)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            var skip = skips.Pop();
            var joined = ws.ConcatChannels(x, skip);
            if (x != skip && !(keep && i == 0)) x.Dispose(); // without a bottleneck the first input is the last skip
            skip.Dispose();
            x = Layer(ws, i, joined, time, condition, probe);
            joined.Dispose();
        }
        probe?.OnStage(ws, path, x);
        if (resampler is not null)
        {
            var (height, width) = skips.Size;
            x = ws.Replace(x, ws.ResizeNearest(x, height, width));
            x = ws.Replace(x, resampler.Forward(ws, x));
        }
        return x;
    }

    // Keeps x.
    Tensor Layer(Workspace ws, int index, Tensor x, Tensor? time, UnetCondition condition, FeatureProbe? probe)
    {
        var (resnet, transformer) = layers[index];
        var h = resnet.Forward(ws, x, time);
        return transformer is null ? h : ws.Replace(h, transformer.Forward(ws, h, condition, probe?.At($"{path}.attentions.{index}")));
    }
}
