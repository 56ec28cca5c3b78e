using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// The adapters of a network and, for the decoder's, the pyramid that brings the guide to each level's size: one stride-2 convolution a level.
sealed class PhaseGuidance
{
    readonly PhaseExchangeAdapter? _stem;
    readonly ImmutableArray<Conv2d> _pyramid;
    readonly ImmutableArray<(PhaseExchangeAdapter Adapter, int Level)> _decoder;

    PhaseGuidance(PhaseExchangeAdapter? stem, ImmutableArray<Conv2d> pyramid, ImmutableArray<(PhaseExchangeAdapter Adapter, int Level)> decoder)
    {
        _stem = stem;
        _pyramid = pyramid;
        _decoder = decoder;
    }

    /// <summary>Null for a network without adapters.</summary>
    public static PhaseGuidance? Load(WeightScope w, UnetConfig config, int guideChannels, PhasePlacement placement)
    {
        switch (placement)
        {
            case PhasePlacement.None:
                return null;
            case PhasePlacement.Stem:
                return new PhaseGuidance(PhaseExchangeAdapter.Load(w["phase_adapter"], config.StemChannels, guideChannels, config.NormGroups), [],
                    []);
            default:
                int halvings = config.Down.Count(stage => stage.Resample);
                ImmutableArray<Conv2d> pyramid =
                    [.. Enumerable.Range(0, halvings)
                        .Select(i => Conv2d.Load(w["phase_pyramid"][i], guideChannels, guideChannels, kernel: 3, stride: 2))];
                // A level up takes in what the level before gave: the bottleneck's channels at first.
                int channels = config.Middle?.Channels ?? config.Down[^1].Channels, level = halvings;
                var decoder = ImmutableArray.CreateBuilder<(PhaseExchangeAdapter, int)>();
                foreach (var stage in config.Up)
                {
                    decoder.Add((PhaseExchangeAdapter.Load(w["phase_adapters"][decoder.Count], channels, guideChannels, config.NormGroups), level));
                    channels = stage.Channels;
                    if (stage.Resample) level--;
                }
                return new PhaseGuidance(null, pyramid, decoder.ToImmutable());
        }
    }

    /// <summary>P1; gives <paramref name="x"/> back.</summary>
    public Tensor Stem(Workspace ws, Tensor x, Tensor guide) => _stem is null ? x : ws.Replace(x, _stem.Forward(ws, x, guide));

    /// <summary>The guide at every resolution, full size first; only for P2, otherwise empty.</summary>
    public List<Tensor> Pyramid(Workspace ws, Tensor guide)
    {
        if (_decoder.IsEmpty) return [];
        var levels = new List<Tensor> { guide };
        foreach (var conv in _pyramid) levels.Add(conv.Forward(ws, levels[^1], new Epilogue(Activation.Silu)));
        return levels;
    }

    /// <summary>P2 before level <paramref name="stage"/> of the way up; keeps <paramref name="x"/>. The guide of one sample serves all
    /// rows.</summary>
    public Tensor Decoder(Workspace ws, int stage, Tensor x, List<Tensor> pyramid)
    {
        if (_decoder.IsEmpty) return x;
        using var scope = ws.Scope(nameof(Decoder));
        var (adapter, level) = _decoder[stage];
        var guide = pyramid[level];
        if (guide.Shape[0] != x.Shape[0]) guide = ws.Repeat(guide, x.Shape[0] / guide.Shape[0]);
        return scope.Return(adapter.Forward(ws, x, guide));
    }
}
