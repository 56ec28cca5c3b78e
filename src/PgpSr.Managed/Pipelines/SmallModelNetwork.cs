using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// One tile through a small model, as its <see cref="PgpConfig"/> says: a residual in one evaluation; or a clean latent in one evaluation from the
/// degraded one; or in several from noise. Knows neither pictures nor tilings, so that a rehearsal runs the same code.
/// </summary>
sealed class SmallModelNetwork(PgpModel model) : IDisposable
{
    // Few steps want the last timestep to be the first one evaluated (Lin et al. 2024, table 2).
    const TimestepSpacing Spacing = TimestepSpacing.Trailing;

    readonly PatchAutoencoder _patches = new(model.Config.PatchFactor);

    public PgpConfig Config => model.Config;

    public long ParameterCount => model.ParameterCount;

    public long WeightBytes => model.WeightBytes;

    /// <summary>Whether one evaluation is the result: what the restored tile has over the enlarged degraded one.</summary>
    public bool PredictsResidual => Config.Prediction == PgpPrediction.Residual;

    /// <summary>Whether the result is what the restored tile has over the enlarged degraded one, made in one step or sampled.</summary>
    public bool AddsEnlarged => Config.AddsEnlarged;

    /// <summary>Whether the enlarged tile goes in: one-step models whose start is the degraded latent.</summary>
    public bool NeedsEnlarged(int steps) => !AddsEnlarged && steps == 1;

    /// <summary>Whether noise goes in.</summary>
    public bool NeedsNoise(int steps) => !PredictsResidual && (Samples(steps) || Config.NoisedStart);

    // A latent of residuals has nothing to start from but noise.
    bool Samples(int steps) => steps > 1 || Config.ResidualDeviation > 0;

    /// <summary>Restores a tile.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="degraded">[1, h, w, 3] in [-1, 1], sides multiples of <see cref="PgpConfig.DegradedPatch"/>; kept.</param>
    /// <param name="enlarged">[1, h s, w s, 3] where <see cref="NeedsEnlarged"/>; kept.</param>
    /// <param name="noise">Noise, shaped by <see cref="StartingNoise"/>, [1, h s / p, w s / p, LatentChannels] where <see cref="NeedsNoise"/>;
    /// kept.</param>
    /// <param name="steps">Evaluations.</param>
    /// <param name="observe">Called after each evaluation.</param>
    /// <returns>[1, h s, w s, 3].</returns>
    public Tensor Restore(Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe)
    {
        using var scope = ws.Scope(nameof(SmallModelNetwork));
        var small = Config.DegradedPatch > 1 ? ws.SpaceToDepth(degraded, Config.DegradedPatch) : degraded;
        var guide = model.Guide(ws, small);
        var latent = PredictsResidual ? model.Forward(ws, small, guide, Config.Timestep)
            : Samples(steps) ? ManySteps(ws, small, guide, noise!, steps, observe)
            : OneStep(ws, small, guide, enlarged!, noise);
        return scope.Return(_patches.Decode(ws, latent));
    }

    Tensor OneStep(Workspace ws, Tensor small, Tensor? guide, Tensor enlarged, Tensor? noise)
    {
        using var scope = ws.Scope(nameof(OneStep));
        var step = new OneStep(Config.Timestep, Config.NoisedStart, Prediction);
        return scope.Return(step.Run(ws, Predictor(small, guide), _patches.Encode(ws, enlarged, noise: null), noise));
    }

    Tensor ManySteps(Workspace ws, Tensor small, Tensor? guide, Tensor noise, int steps, Action<SamplerStep>? observe)
    {
        using var scope = ws.Scope(nameof(ManySteps));
        var schedule = SamplingSchedule.Create(SolverKind.Euler, steps, spacing: Spacing, prediction: Prediction);
        var start = ws.Scale((float)schedule.InitialNoiseSigma, noise);
        var sampled = Sampler.Run(ws, Predictor(small, guide), start, schedule, observe);
        return scope.Return(Config.ResidualDeviation > 0 ? ws.Scale(Config.ResidualDeviation, sampled) : sampled);
    }

    PredictionType Prediction => Config.Prediction == PgpPrediction.Velocity ? PredictionType.Velocity : PredictionType.Epsilon;

    Predictor Predictor(Tensor small, Tensor? guide) => (ws, x, timestep) =>
    {
        using var scope = ws.Scope(nameof(Predictor));
        var z = Config.Input == PgpInput.LatentAndDegraded ? ws.ConcatChannels(x, small) : x;
        return scope.Return(model.Forward(ws, z, guide, timestep));
    };

    public void Dispose() => model.Dispose();
}
