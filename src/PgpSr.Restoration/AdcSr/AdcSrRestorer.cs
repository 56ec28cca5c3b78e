using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>One tile through AdcSR: one evaluation, without noise, so a seed changes nothing.</summary>
sealed class AdcSrRestorer(AdcSrModel model) : TileRestorer
{
    /// <inheritdoc/>
    public override int Scale => model.Config.Scale;

    /// <inheritdoc/>
    public override int TileMultiple => model.Config.Multiple;

    /// <summary>
    /// The network was trained on 128 pixels and its norms see a whole tile. 192, of which neighbors share 32, take less work for large pictures than
    /// 128 do, and less memory than 256.
    /// </summary>
    public override int DefaultTile => 192;

    /// <summary>No bound: a tile of that size is what the model is for.</summary>
    public override long DefaultArenaBytes => long.MaxValue;

    /// <inheritdoc/>
    public override bool AddsEnlarged => false;

    /// <inheritdoc/>
    public override bool MirrorsBorder => true;

    /// <inheritdoc/>
    public override long ParameterCount => model.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => model.WeightBytes;

    /// <inheritdoc/>
    public override string? Refuses(int steps) => steps == 1 ? null : "AdcSR restores in one step";

    /// <inheritdoc/>
    public override bool NeedsEnlarged(int steps) => false;

    /// <inheritdoc/>
    public override int NoiseChannels(int steps) => 0;

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels / AdcSrConfig.Unshuffle;

    /// <summary>One evaluation; the network is told no time.</summary>
    public override IReadOnlyList<double> Timesteps(int steps) => [0];

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        evaluating?.Invoke();
        return model.Forward(ws, degraded, probe);
    }

    protected override void Dispose(bool disposing) => model.Dispose();
}
