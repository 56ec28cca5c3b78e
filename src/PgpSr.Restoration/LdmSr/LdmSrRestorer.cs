using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// One tile through LDM-SR: the picture stands beside the latent in every step; DDIM adds noise in each (eta 1, as the authors have it); the latent has
/// the tile's own size, and its autoencoder makes four pixels of a position.
/// </summary>
/// <param name="unet">From latent and picture to noise; disposed with the restorer.</param>
/// <param name="vq">From latents to pictures; disposed with the restorer.</param>
/// <param name="scheduler">How the latent is sampled.</param>
sealed class LdmSrRestorer(LdmUnet unet, VqAutoencoder vq, SchedulerConfig scheduler) : TileRestorer
{
    // Each step has a field of noise of its own, and all of a tile's are there at once.
    const int MaxSteps = 250;

    const double Eta = 1;

    /// <inheritdoc/>
    public override int Scale => vq.Factor;

    /// <summary>Every level of the UNet halves without a remainder.</summary>
    public override int TileMultiple => 1 << (unet.Config.Channels.Length - 1);

    /// <summary>The norms and the attention see a whole tile.</summary>
    public override int DefaultTile => 128;

    /// <summary>No bound: the statistics of a smaller tile are others.</summary>
    public override long DefaultArenaBytes => long.MaxValue;

    /// <inheritdoc/>
    public override bool AddsEnlarged => false;

    /// <inheritdoc/>
    public override long ParameterCount => unet.ParameterCount + vq.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => unet.WeightBytes + vq.WeightBytes;

    int Channels => unet.Config.OutChannels;

    /// <inheritdoc/>
    public override string? Refuses(int steps) => steps <= MaxSteps ? null : $"this model takes up to {MaxSteps}";

    /// <inheritdoc/>
    public override bool NeedsEnlarged(int steps) => false;

    /// <summary>The start's, then each step's.</summary>
    public override int NoiseChannels(int steps) => Channels * (1 + steps);

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps(int steps) => scheduler.For(steps).Timesteps;

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(LdmSrRestorer));
        return scope.Return(vq.Decode(ws, Sample(ws, degraded, noise!, steps, observe, evaluating)));
    }

    /// <summary>The latent [1, h, w, 3] of a picture.</summary>
    public Tensor Sample(Workspace ws, Tensor picture, Tensor noise, int steps, Action<SamplerStep>? observe = null, Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(Sample));
        Predictor predict = (on, x, timestep) =>
        {
            using var inner = on.Scope(nameof(Predictor));
            evaluating?.Invoke();
            return inner.Return(unet.Forward(on, on.ConcatChannels(x, picture), timestep));
        };
        var schedule = scheduler.For(steps);
        var start = ws.Scale((float)schedule.InitialNoiseSigma, ws.SliceChannels(noise, 0, Channels));
        var stochastic = new StepNoise(Eta, (on, step) => on.SliceChannels(noise, Channels * (1 + step), Channels));
        return scope.Return(Sampler.Run(ws, predict, start, schedule, observe, stochastic));
    }

    protected override void Dispose(bool disposing)
    {
        unet.Dispose();
        vq.Dispose();
    }
}
