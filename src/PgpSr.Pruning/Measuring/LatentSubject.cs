using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// An SDXL UNet, with FaithDiff's extras or alone, run as its folder wants it to be: settings, solver, start, condition and adapters are those of
/// a restoration. What the folder lacks is done without: no autoencoder means a start from noise.
/// </summary>
sealed class LatentSubject : Subject
{
    const int LatentFactor = 8;

    readonly Checkpoint _checkpoint;
    readonly FaithDiffSettings _settings;
    readonly FaithDiffSampling _sampling;
    readonly FaithDiffModel? _faithDiff;
    readonly Unet? _unet;
    readonly AutoencoderKl? _vae;
    readonly PromptEmbeddings? _prompt;
    readonly string _promptSource;
    readonly ulong _seed;

    public LatentSubject(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        _checkpoint = checkpoint;
        _seed = options.Seed;
        _settings = FaithDiffFolder.ReadSettings(checkpoint.Path);
        if (_settings.OneStep is not null && options.Steps is > 1)
            Throw.Unsupported(checkpoint.Path, $"it restores in one step, {options.Steps} were requested");
        // Text encoders are gone before the network is loaded: the two never need room together.
        (_prompt, _promptSource) = Prompt(checkpoint, backend, options.Prompt, cancellation);
        // Guidance between equal rows changes nothing, so one row is enough.
        _sampling = FaithDiffSampling.Create(_settings, options.Steps, _prompt is { Rows: 2 } ? (float?)options.Guidance : 1, checkpoint.Path);
        if (_sampling.Rows == 1 && _prompt is { Rows: 2 } both) _prompt = both.Row(1);
        try
        {
            _vae = PipelineFolder.Vae(checkpoint.Path, backend, cancellation);
            if (_vae is null && _sampling.OneStep is not null)
                Throw.Unsupported(checkpoint.Path, "it begins with the degraded picture's latent, and there is no folder 'vae' to encode one with");
            if (_vae is null) _sampling = _sampling with { Start = FaithDiffStart.Noise };
            using var source = checkpoint.Source();
            if (checkpoint.FaithDiff is { } config) _faithDiff = FaithDiffModel.Load(source, backend, config, cancellation);
            else _unet = Unet.Load(source, backend, checkpoint.Unet, cancellation);
            if (_faithDiff is not null && _prompt is null) Throw.Unsupported(checkpoint.Path, "its UNet takes no text; FaithDiff's is SDXL's");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<double> Timesteps => _sampling.Schedule is { } schedule ? schedule.Timesteps : [_sampling.OneStep!.Timestep];

    public override RunDescription Describe =>
        new(_sampling.OneStep is not null ? "one_step" : Name(_sampling.Scheduler.Solver), Timesteps.Count, _promptSource,
            _sampling.NeedsLatent ? "degraded" : "noise", _sampling.Guidance);

    public override IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture) => new Prepared(this, ws, picture);

    protected override void Dispose(bool disposing)
    {
        _faithDiff?.Dispose();
        _unet?.Dispose();
        _vae?.Dispose();
    }

    // As diffusers' users call them.
    static string Name(SolverKind solver) => solver switch
    {
        SolverKind.DpmSolverPlusPlus2M => "dpmpp_2m",
        _ => solver.ToString().ToLowerInvariant(),
    };

    static (PromptEmbeddings? Prompt, string Source) Prompt(Checkpoint checkpoint, Backend backend,
        PromptEmbeddings? given, CancellationToken cancellation)
    {
        var config = checkpoint.Unet;
        if (config.ContextChannels == 0) return (null, "none");
        given ??= PipelineFolder.Prompt(checkpoint.Path);
        if (given is null && PipelineFolder.EmptyPrompt(checkpoint.Path, backend, cancellation) is { } empty)
            return (Fitting(empty, "its text encoders"), "empty");
        if (given is not null) return (Fitting(given, "the prompt embeddings"), "embeddings");
        const int tokens = 77; // CLIP's
        int pooled = config.AddedCondition?.PooledChannels ?? 0;
        return (new PromptEmbeddings(new float[tokens * config.ContextChannels], new Shape(1, tokens, config.ContextChannels), new float[pooled]),
            "zeros");

        PromptEmbeddings Fitting(PromptEmbeddings prompt, string what)
        {
            int width = prompt.ContextShape[2], pooledWidth = prompt.Pooled.Length / prompt.Rows;
            if (width != config.ContextChannels || (config.AddedCondition is { } added && pooledWidth != added.PooledChannels))
                Throw.Unsupported(checkpoint.Path,
                    $"{what} give states of {width} channels and pooled text of {pooledWidth}; "
                    + $"the network takes {config.ContextChannels} and {config.AddedCondition?.PooledChannels ?? 0}");
            if (prompt.Rows > 2)
                Throw.Unsupported(checkpoint.Path, $"{what} hold {prompt.Rows} rows; expected one prompt, or the unconditional one and the prompt");
            return prompt;
        }
    }

    sealed class Prepared : IPreparedPicture
    {
        readonly LatentSubject _subject;
        readonly Shape _shape;
        readonly float[] _begin, _noise, _features;
        readonly FaithDiffCondition? _condition;

        public Prepared(LatentSubject subject, Workspace ws, CalibrationPicture picture)
        {
            _subject = subject;
            var pixels = picture.Enlarged ?? picture.Degraded;
            if (pixels.Width % LatentFactor != 0 || pixels.Height % LatentFactor != 0)
                Throw.NoPictures(picture.Name, $"{pixels.Width}x{pixels.Height} pixels are not a multiple of {LatentFactor}; crop it");
            using var scope = ws.Scope(nameof(Prepare));
            var image = Upload(ws, pixels);
            int height = pixels.Height / LatentFactor, width = pixels.Width / LatentFactor;
            _shape = new Shape(1, height, width, subject._checkpoint.Unet.OutChannels);
            _features = subject._faithDiff is { } model ? ws.Download(model.EncodeLq(ws, image)) : [];
            _noise = subject._sampling.NeedsNoise ? Field(FaithDiffSampling.StartField) : [];
            float[] degraded = [];
            if (subject._sampling.NeedsLatent)
            {
                using var encoding = ws.Scope(nameof(AutoencoderKl));
                degraded = ws.Download(subject._vae!.Encode(ws, image, ws.Upload(Field(FaithDiffSampling.PosteriorField), _shape)));
            }
            _begin = subject._sampling.Begin(degraded, _noise);
            if (subject._prompt is { } prompt)
                _condition = new FaithDiffCondition(prompt, subject._sampling.Guidance, pixels.Height, pixels.Width, subject._settings.SizeTarget);
        }

        public Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated)
        {
            using var scope = ws.Scope(nameof(Sample));
            var grid = TileGrid.Create(_shape[2], _shape[1], Math.Max(_shape[1], _shape[2]));
            if (_subject._faithDiff is { } model)
            {
                var tiling = new FaithDiffTiling(grid, grid, grid, grid, RowsTogether: true, KeepGuides: true);
                var denoiser = new FaithDiffDenoiser(model, tiling, _condition!, _features) { Probe = probe, Evaluating = evaluated };
                return scope.Return(_subject._sampling.Run(ws, denoiser.Prepare, denoiser.Predict, _begin, _noise, _shape, null).Latent);
            }
            var condition = Condition(ws, grid[0]);
            int rows = _condition?.Prompt.Rows ?? 1;
            Predictor predict = (on, x, timestep) =>
            {
                evaluated();
                using var inner = on.Scope(nameof(Predictor));
                var predicted = _subject._unet!.Forward(on, rows > 1 ? on.Repeat(x, rows) : x, timestep, condition, probe);
                return inner.Return(rows > 1 ? Guidance.Apply(on, predicted, _condition!.Guidance) : predicted);
            };
            return scope.Return(_subject._sampling.Run(ws, null, predict, _begin, _noise, _shape, null).Latent);
        }

        // Of a UNet alone.
        UnetCondition Condition(Workspace ws, Tile whole)
        {
            if (_condition is null) return new UnetCondition(null, null, []);
            var (context, pooled) = _condition.Prompt.Upload(ws);
            return _subject._checkpoint.Unet.AddedCondition is null ? new UnetCondition(context, null, [])
                : new UnetCondition(context, pooled, [.. Enumerable.Repeat(_condition.Numbers(whole), _condition.Prompt.Rows).SelectMany(row => row)]);
        }

        float[] Field(int field)
        {
            var values = new float[checked((int)_shape.Count)];
            new NoiseSource(_subject._seed).Fill(field, 0, 0, _shape[1], _shape[2], _shape[3], values);
            return values;
        }

        public void Dispose()
        {
            // Everything is on the host between runs.
        }
    }
}
