using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>A model that restores a picture as one tile, run as it restores: one step or several, from the picture or from noise.</summary>
sealed class TileSubject : Subject
{
    readonly TileRestorer _restorer;
    readonly IDisposable? _networks;
    readonly ulong _seed;

    TileSubject(string model, TileRestorer restorer, RunDescription run, ulong seed, IDisposable? networks = null)
    {
        (_restorer, _networks, Describe, _seed) = (restorer, networks, run, seed);
        int steps = run.Steps;
        if (restorer.Refuses(steps) is not { } reason) return;
        Dispose();
        Throw.Unsupported(model, $"{reason}; {steps} were requested");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps => _restorer.Timesteps(Describe.Steps);

    /// <inheritdoc/>
    public override RunDescription Describe { get; }

    /// <summary>Loads a model; null for a kind that is not restored tile by tile.</summary>
    /// <exception cref="PruningException">It does not restore in so many steps.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static TileSubject? Of(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation) => checkpoint switch
    {
        { Small: { } config } => OfSmall(checkpoint, config, backend, options, cancellation),
        { AdcSr: { } config } => OfAdcSr(checkpoint, config, backend, options, cancellation),
        { OneStep: not null } => OfOneStep(checkpoint, backend, options, cancellation),
        { X4: { } folder } => OfX4(folder, backend, options, cancellation),
        _ => null,
    };

    /// <summary>How many times larger such a model wants the picture, and by which filter; null where it does not.</summary>
    public static (int Times, ResizeFilter Filter)? Enlargement(Checkpoint checkpoint, int? steps) => checkpoint switch
    {
        { Small: { } config } when SmallRestorer.NeedsEnlarged(config, steps ?? config.Steps) => (config.Scale, ResizeFilter.Bicubic),
        { OneStep.Recipe: var recipe } => (recipe.Scale, recipe.Enlargement),
        _ => null,
    };

    /// <summary>What the sides of such a model's pictures are multiples of.</summary>
    public static int? Multiple(Checkpoint checkpoint) => checkpoint switch
    {
        { Small: { } config } => config.DegradedPatch,
        { AdcSr: { } config } => config.Multiple,
        { OneStep: { } file } => OneStepRestorer.Multiple(file.Vae.Factor, file.Recipe.Scale),
        { X4: { } folder } => X4Restorer.Multiple(folder.Unet),
        _ => null,
    };

    /// <inheritdoc/>
    public override IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture) => new Prepared(this, ws, picture);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _restorer.Dispose();
        _networks?.Dispose();
    }

    static TileSubject OfSmall(Checkpoint checkpoint, PgpConfig config, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        using var source = checkpoint.Source();
        var restorer = new SmallRestorer(PgpModel.Load(source, backend, config, cancellation));
        int steps = options.Steps ?? config.Steps;
        return new TileSubject(checkpoint.Path, restorer, restorer.UsesSolver(steps) ? new("euler", steps, "none", "noise", 1)
            : new("one_step", steps, "none", config.NoisedStart ? "degraded" : "picture", 1), options.Seed);
    }

    static TileSubject OfAdcSr(Checkpoint checkpoint, AdcSrConfig config, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        using var source = checkpoint.Source();
        return new TileSubject(checkpoint.Path, new AdcSrRestorer(AdcSrModel.Load(source, backend, config, cancellation)),
            new("one_step", options.Steps ?? 1, "none", "picture", 1), options.Seed);
    }

    static TileSubject OfOneStep(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        if (options.Prompt is not null) Throw.Unsupported(checkpoint.Path, "it holds its prompt; others are not taken");
        var restorer = OneStepFolder.Open(checkpoint.Path).Load(backend, strengths: null, tiny: null, cancellation);
        return new TileSubject(checkpoint.Path, restorer,
            new("one_step", options.Steps ?? 1, checkpoint.Unet.ContextChannels > 0 ? "embeddings" : "none", "degraded", 1), options.Seed);
    }

    static TileSubject OfX4(X4Checkpoint folder, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        var networks = folder.Load(backend, cancellation);
        var prompt = options.Prompt ?? networks.Prompt;
        if (prompt.Rows > 2 || prompt.ContextShape[2] != folder.Unet.ContextChannels)
        {
            networks.Dispose();
            Throw.Unsupported(folder.Path, $"the prompt embeddings are {prompt.ContextShape}; expected one row or two of {folder.Unet.ContextChannels} channels");
        }
        int steps = options.Steps ?? Analyzer.DefaultSteps;
        double guidance = prompt.Rows == 2 ? options.Guidance ?? X4Restorer.DefaultGuidance : 1;
        var restorer = new X4Restorer(networks, folder, prompt, (float)guidance, X4Restorer.DefaultNoiseLevel);
        return new TileSubject(folder.Path, restorer, new(folder.Scheduler.Solver.ToString().ToLowerInvariant(), steps,
            options.Prompt is null && !folder.Parts.HasPrompt ? "empty" : "embeddings", "noise", guidance), options.Seed, networks);
    }

    sealed class Prepared : IPreparedPicture
    {
        readonly TileSubject _subject;
        readonly Tensor _degraded;
        readonly Tensor? _enlarged, _noise;

        public Prepared(TileSubject subject, Workspace ws, CalibrationPicture picture)
        {
            _subject = subject;
            var restorer = subject._restorer;
            int multiple = restorer.TileMultiple, width = picture.Degraded.Width, height = picture.Degraded.Height;
            if (width % multiple != 0 || height % multiple != 0)
                Throw.NoPictures(picture.Name, $"{width}x{height} pixels are not a multiple of the model's {multiple}x{multiple}; crop it");
            using var scope = ws.Scope(nameof(Prepare));
            _degraded = scope.Return(Upload(ws, picture.Degraded));
            if (restorer.NoiseChannels(subject.Describe.Steps) is > 0 and var channels)
                _noise = scope.Return(Noise(ws, subject._seed, restorer.LatentLength(height), restorer.LatentLength(width), channels, values => restorer.ShapeNoise(values)));
            if (!restorer.NeedsEnlarged(subject.Describe.Steps)) return;
            if (picture.Enlarged is not { } enlarged || enlarged.Width != width * restorer.Scale || enlarged.Height != height * restorer.Scale)
                throw new PruningException(PruningFault.NoPictures, picture.Name,
                    $"this model starts from the picture enlarged {restorer.Scale} times, which was not passed");
            _enlarged = scope.Return(Upload(ws, enlarged));
        }

        // The restored picture: for a small model the final latent's values in another order.
        public Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated) =>
            _subject._restorer.Restore(ws, _degraded, _enlarged, _noise, _subject.Describe.Steps, null, probe, evaluated);

        public void Dispose()
        {
            _degraded.Dispose();
            _enlarged?.Dispose();
            _noise?.Dispose();
        }
    }
}
