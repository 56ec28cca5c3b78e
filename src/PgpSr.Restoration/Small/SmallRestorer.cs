using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// One tile through a small model, as its <see cref="PgpConfig"/> says: a residual in one evaluation; or a clean latent in one evaluation from the
/// degraded one; or in several from noise. Knows neither pictures nor tilings, so that a rehearsal runs the same code.
/// </summary>
sealed class SmallRestorer(PgpModel model) : TileRestorer
{
    // Few steps want the last timestep to be the first one evaluated (Lin et al. 2024, table 2).
    const TimestepSpacing Spacing = TimestepSpacing.Trailing;

    readonly PatchAutoencoder _patches = new(model.Config.PatchFactor);

    public PgpConfig Config => model.Config;

    /// <inheritdoc/>
    public override int Scale => Config.Scale;

    /// <inheritdoc/>
    public override int TileMultiple => Config.DegradedPatch;

    /// <inheritdoc/>
    public override long ParameterCount => model.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => model.WeightBytes;

    /// <summary>Whether one evaluation is the result: what the restored tile has over the enlarged degraded one.</summary>
    public bool PredictsResidual => Config.Prediction == PgpPrediction.Residual;

    /// <summary>Whether the result is what the restored tile has over the enlarged degraded one, made in one step or sampled.</summary>
    public override bool AddsEnlarged => Config.AddsEnlarged;

    /// <summary>Whether the enlarged tile goes in: one-step models whose start is the degraded latent.</summary>
    public override bool NeedsEnlarged(int steps) => NeedsEnlarged(Config, steps);

    /// <inheritdoc cref="NeedsEnlarged(int)"/>
    public static bool NeedsEnlarged(PgpConfig config, int steps) => !config.AddsEnlarged && steps == 1;

    /// <summary>Where the network is evaluated.</summary>
    public override IReadOnlyList<double> Timesteps(int steps) => PredictsResidual || !Samples(steps) ? [Config.Timestep] : Schedule(steps).Timesteps;

    /// <summary>Whether a solver goes through the timesteps; otherwise one evaluation is the result.</summary>
    public bool UsesSolver(int steps) => !PredictsResidual && Samples(steps);

    /// <inheritdoc/>
    public override string? Refuses(int steps) => PredictsResidual && steps != 1 ? "this model restores in one step" : null;

    /// <inheritdoc/>
    public override int NoiseChannels(int steps) => !PredictsResidual && (Samples(steps) || Config.NoisedStart) ? Config.LatentChannels : 0;

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels / Config.DegradedPatch;

    /// <inheritdoc/>
    public override void ShapeNoise(Span<float> noise) => StartingNoise.Shape(Config, noise);

    // A latent of residuals has nothing to start from but noise.
    bool Samples(int steps) => steps > 1 || Config.ResidualDeviation > 0;

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(SmallRestorer));
        var small = Config.DegradedPatch > 1 ? ws.SpaceToDepth(degraded, Config.DegradedPatch) : degraded;
        var guide = model.Guide(ws, small);
        Predictor predict = (on, x, timestep) =>
        {
            evaluating?.Invoke();
            using var inner = on.Scope(nameof(Predictor));
            var z = PredictsResidual ? small : Config.Input == PgpInput.LatentAndDegraded ? on.ConcatChannels(x, small) : x;
            return inner.Return(model.Forward(on, z, guide, timestep, probe));
        };
        var latent = PredictsResidual ? predict(ws, small, Config.Timestep)
            : Samples(steps) ? ManySteps(ws, predict, noise!, steps, observe)
            : OneStep(ws, predict, enlarged!, noise);
        return scope.Return(_patches.Decode(ws, latent));
    }

    Tensor OneStep(Workspace ws, Predictor predict, Tensor enlarged, Tensor? noise)
    {
        using var scope = ws.Scope(nameof(OneStep));
        var step = new OneStep(Config.Timestep, Config.NoisedStart, Prediction);
        return scope.Return(step.Run(ws, predict, _patches.Encode(ws, enlarged, noise: null), noise));
    }

    Tensor ManySteps(Workspace ws, Predictor predict, Tensor noise, int steps, Action<SamplerStep>? observe)
    {
        using var scope = ws.Scope(nameof(ManySteps));
        var schedule = Schedule(steps);
        var start = ws.Scale((float)schedule.InitialNoiseSigma, noise);
        var sampled = Sampler.Run(ws, predict, start, schedule, observe);
        return scope.Return(Config.ResidualDeviation > 0 ? ws.Scale(Config.ResidualDeviation, sampled) : sampled);
    }

    SamplingSchedule Schedule(int steps) => SamplingSchedule.Create(SolverKind.Euler, steps, spacing: Spacing, prediction: Prediction);

    PredictionType Prediction => Config.Prediction == PgpPrediction.Velocity ? PredictionType.Velocity : PredictionType.Epsilon;

    protected override void Dispose(bool disposing) => model.Dispose();
}
