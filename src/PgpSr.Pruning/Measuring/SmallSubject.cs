using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>One of this project's own models, run as it restores: one step or several, from the picture or from noise.</summary>
sealed class SmallSubject : Subject
{
    readonly SmallRestorer _restorer;
    readonly ulong _seed;
    readonly int _steps;

    public SmallSubject(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        var config = checkpoint.Small!;
        _steps = options.Steps ?? config.Steps;
        if (config.Prediction == PgpPrediction.Residual && _steps != 1)
            Throw.Unsupported(checkpoint.Path, $"it restores in one step, {_steps} were requested");
        _seed = options.Seed;
        using var source = checkpoint.Source();
        _restorer = new SmallRestorer(PgpModel.Load(source, backend, config, cancellation));
    }

    PgpConfig Config => _restorer.Config;

    public override IReadOnlyList<double> Timesteps => _restorer.Timesteps(_steps);

    public override (string Solver, int Steps, string Prompt, string Start, double Guidance) Describe => _restorer.UsesSolver(_steps)
        ? ("euler", _steps, "none", "noise", 1)
        : ("one_step", 1, "none", Config.NoisedStart ? "degraded" : "picture", 1);

    public override IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture) => new Prepared(this, ws, picture);

    protected override void Dispose(bool disposing) => _restorer.Dispose();

    sealed class Prepared : IPreparedPicture
    {
        readonly SmallSubject _subject;
        readonly Tensor _degraded;
        readonly Tensor? _enlarged, _noise;

        public Prepared(SmallSubject subject, Workspace ws, CalibrationPicture picture)
        {
            _subject = subject;
            var config = subject.Config;
            int patch = config.DegradedPatch, width = picture.Degraded.Width, height = picture.Degraded.Height;
            if (width % patch != 0 || height % patch != 0)
                Throw.NoPictures(picture.Name, $"{width}x{height} pixels are not a multiple of the model's patches of {patch}x{patch}; crop it");
            using var scope = ws.Scope(nameof(Prepare));
            _degraded = scope.Return(Upload(ws, picture.Degraded));
            if (subject._restorer.NoiseChannels(subject._steps) > 0)
                _noise = scope.Return(Noise(ws, subject._seed, height / patch, width / patch, config.LatentChannels, values => StartingNoise.Shape(config, values)));
            if (!subject._restorer.NeedsEnlarged(subject._steps)) return;
            if (picture.Enlarged is not { } enlarged || enlarged.Width != width * config.Scale || enlarged.Height != height * config.Scale)
                throw new PruningException(PruningFault.NoPictures, picture.Name,
                    $"this model starts from the picture enlarged {config.Scale} times, which was not passed");
            _enlarged = scope.Return(Upload(ws, enlarged));
        }

        // The restored picture: the final latent's values in another order.
        public Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated) =>
            _subject._restorer.Restore(ws, _degraded, _enlarged, _noise, _subject._steps, null, probe, evaluated);

        public void Dispose()
        {
            _degraded.Dispose();
            _enlarged?.Dispose();
            _noise?.Dispose();
        }
    }
}
