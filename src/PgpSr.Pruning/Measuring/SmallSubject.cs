using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>One of this project's own models, run as its configuration says: one step or several, from the picture or from noise.</summary>
sealed class SmallSubject : Subject
{
    readonly PgpModel _model;
    readonly ulong _seed;
    readonly SamplingSchedule? _schedule;

    public SmallSubject(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        var config = checkpoint.Small!;
        int steps = options.Steps ?? config.Steps;
        if (config.Prediction == PgpPrediction.Residual && steps != 1)
            Throw.Unsupported(checkpoint.Path, $"it restores in one step, {steps} were asked for");
        _seed = options.Seed;
        _schedule = steps == 1 && config.ResidualDeviation == 0 ? null
            : SamplingSchedule.Create(SolverKind.Euler, steps, spacing: TimestepSpacing.Trailing, prediction: Type(config.Prediction));
        using var source = checkpoint.Source();
        _model = PgpModel.Load(source, backend, config, cancellation);
    }

    /// <summary>True for a model whose start is a latent of the enlarged picture.</summary>
    public static bool NeedsEnlarged(PgpConfig config, int steps) =>
        config.Input != PgpInput.Degraded && (config.Prediction == PgpPrediction.Residual || (steps == 1 && config.ResidualDeviation == 0));

    public override IReadOnlyList<double> Timesteps => _schedule is null ? [_model.Config.Timestep] : _schedule.Timesteps;

    public override (string Solver, int Steps, string Prompt, string Start, double Guidance) Describe => _schedule is { } schedule
        ? ("euler", schedule.Timesteps.Length, "none", "noise", 1)
        : ("one_step", 1, "none", _model.Config.NoisedStart ? "degraded" : "picture", 1);

    public override IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture) => new Prepared(this, ws, picture);

    protected override void Dispose(bool disposing) => _model.Dispose();

    static PredictionType Type(PgpPrediction prediction) => prediction == PgpPrediction.Velocity ? PredictionType.Velocity : PredictionType.Epsilon;

    sealed class Prepared : IPreparedPicture
    {
        readonly SmallSubject _subject;
        readonly Tensor _degraded;
        readonly Tensor? _guide, _enlarged;

        public Prepared(SmallSubject subject, Workspace ws, CalibrationPicture picture)
        {
            _subject = subject;
            var config = subject._model.Config;
            int patch = config.DegradedPatch;
            if (picture.Degraded.Width % patch != 0 || picture.Degraded.Height % patch != 0)
                Throw.NoPictures(picture.Name,
                    $"{picture.Degraded.Width}x{picture.Degraded.Height} pixels are no multiple of the model's patches of {patch}x{patch}; crop it");
            using var scope = ws.Scope(nameof(Prepare));
            var pixels = Upload(ws, picture.Degraded);
            _degraded = scope.Return(patch == 1 ? pixels : ws.SpaceToDepth(pixels, patch));
            if (subject._model.Guide(ws, _degraded) is { } guide) _guide = scope.Return(guide);
            if (!NeedsEnlarged(config, subject._schedule?.Timesteps.Length ?? 1)) return;
            if (picture.Enlarged is not { } enlarged || enlarged.Width != picture.Degraded.Width * config.Scale
                || enlarged.Height != picture.Degraded.Height * config.Scale)
                throw new PruningException(PruningFault.NoPictures, picture.Name,
                    $"this model starts from the picture enlarged {config.Scale} times; it was not given");
            _enlarged = scope.Return(ws.SpaceToDepth(Upload(ws, enlarged), config.PatchFactor));
        }

        public Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated)
        {
            var (model, config) = (_subject._model, _subject._model.Config);
            using var scope = ws.Scope(nameof(Sample));
            int height = _degraded.Shape[1], width = _degraded.Shape[2];
            Predictor predict = (w, x, timestep) =>
            {
                evaluated();
                using var inner = w.Scope(nameof(Predictor));
                var z = config.Input switch
                {
                    PgpInput.Degraded => _degraded,
                    PgpInput.Latent => x,
                    _ => w.ConcatChannels(x, _degraded),
                };
                return inner.Return(model.Forward(w, z, _guide, timestep, probe));
            };
            if (config.Prediction == PgpPrediction.Residual) return scope.Return(predict(ws, _enlarged ?? _degraded, config.Timestep));
            var noise = Noise(ws, _subject._seed, height, width, config.LatentChannels, values => StartingNoise.Shape(config, values));
            if (_subject._schedule is { } schedule)
                return scope.Return(Sampler.Run(ws, predict, ws.Scale((float)schedule.InitialNoiseSigma, noise), schedule));
            return scope.Return(new OneStep(config.Timestep, config.NoisedStart, Type(config.Prediction)).Run(ws, predict, _enlarged!, noise));
        }

        public void Dispose()
        {
            _degraded.Dispose();
            _guide?.Dispose();
            _enlarged?.Dispose();
        }
    }
}
