using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>One tile through a Real-ESRGAN network: one pass, without noise, so a seed changes nothing.</summary>
sealed class RealEsrganRestorer(IPixelUpscaler network) : TileRestorer
{
    /// <inheritdoc/>
    public override int Scale => network.Scale;

    /// <inheritdoc/>
    public override int TileMultiple => network.Multiple;

    /// <summary>
    /// No more than the network sees: where tiles share twice its radius, everything beyond the middle of what they share is as in the whole picture.
    /// RRDBNet could look 349 pixels far; its publishers' program lets tiles share 20.
    /// </summary>
    public override int DefaultOverlap => Math.Min(base.DefaultOverlap, 2 * network.Config.Radius);

    /// <inheritdoc/>
    public override bool AddsEnlarged => false;

    /// <inheritdoc/>
    public override bool MirrorsBorder => true;

    /// <inheritdoc/>
    public override long ParameterCount => network.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => network.WeightBytes;

    /// <inheritdoc/>
    public override string? Refuses(int steps) => steps == 1 ? null : "this network enlarges in one pass";

    /// <inheritdoc/>
    public override bool NeedsEnlarged(int steps) => false;

    /// <inheritdoc/>
    public override int NoiseChannels(int steps) => 0;

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels / network.Multiple;

    /// <summary>One pass; the network is told no time.</summary>
    public override IReadOnlyList<double> Timesteps(int steps) => [0];

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(RealEsrganRestorer));
        evaluating?.Invoke();
        // The network's pictures lie in [0, 1].
        var x = Shift(ws, 0.5f, degraded, 0.5f);
        var y = network.Forward(ws, x);
        x.Dispose();
        return scope.Return(Shift(ws, 2, y, -1));
    }

    // a x + b
    static Tensor Shift(Workspace ws, float a, Tensor x, float b)
    {
        var y = ws.Rent(x.Shape);
        ws.Backend.Fill(b, y);
        ws.Backend.Combine(a, x, 1, y, y);
        return y;
    }

    protected override void Dispose(bool disposing) => network.Dispose();
}
