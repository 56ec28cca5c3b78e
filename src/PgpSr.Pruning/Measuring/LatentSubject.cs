using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Pruning;

/// <summary>
/// A UNet of SDXL's form, with FaithDiff's extras or alone, sampled as FaithDiff is (method 3.7): Euler by the folder's schedule, guidance by two
/// rows, and the picture's noised latent as the start where the folder has an autoencoder.
/// </summary>
sealed class LatentSubject : Subject
{
    // The timestep at which FaithDiff noises the degraded latent.
    const int StartTimestep = 999;

    // FaithDiff tells every picture that its target has this side, whatever it is (method 3.4).
    const float TargetSide = 1024;

    const int LatentFactor = 8;

    readonly Checkpoint _checkpoint;
    readonly FaithDiffModel? _faithDiff;
    readonly Unet? _unet;
    readonly AutoencoderKl? _vae;
    readonly PromptEmbeddings? _prompt;
    readonly string _promptSource;
    readonly SamplingSchedule _schedule;
    readonly float _guidance;
    readonly ulong _seed;

    public LatentSubject(Checkpoint checkpoint, Backend backend, AnalysisOptions options, CancellationToken cancellation)
    {
        _checkpoint = checkpoint;
        _seed = options.Seed;
        _schedule = PipelineFolder.Scheduler(checkpoint.Path).For(options.Steps ?? Analyzer.DefaultSteps);
        // Text encoders are gone before the network is loaded: the two never need room together.
        (_prompt, _promptSource) = Prompt(checkpoint, backend, options.Prompt, cancellation);
        // Guidance between equal rows changes nothing, so one row is enough.
        _guidance = _prompt is { Rows: 2 } ? (float)options.Guidance : 1;
        try
        {
            _vae = PipelineFolder.Vae(checkpoint.Path, backend, cancellation);
            using var source = checkpoint.Source();
            if (checkpoint.FaithDiff is { } config) _faithDiff = FaithDiffModel.Load(source, backend, config, cancellation);
            else _unet = Unet.Load(source, backend, checkpoint.Unet, cancellation);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyList<double> Timesteps => _schedule.Timesteps;

    public override (string Solver, int Steps, string Prompt, string Start, double Guidance) Describe =>
        ("euler", _schedule.Timesteps.Length, _promptSource, _vae is null ? "noise" : "degraded", _guidance);

    public override IPreparedPicture Prepare(Workspace ws, CalibrationPicture picture) => new Prepared(this, ws, picture);

    protected override void Dispose(bool disposing)
    {
        _faithDiff?.Dispose();
        _unet?.Dispose();
        _vae?.Dispose();
    }

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
        readonly Tensor? _guide, _context, _pooled;
        readonly Tensor _start;
        readonly UnetCondition _condition;
        readonly int _rows;

        public Prepared(LatentSubject subject, Workspace ws, CalibrationPicture picture)
        {
            _subject = subject;
            var pixels = picture.Enlarged ?? picture.Degraded;
            if (pixels.Width % LatentFactor != 0 || pixels.Height % LatentFactor != 0)
                Throw.NoPictures(picture.Name, $"{pixels.Width}x{pixels.Height} pixels are no multiple of {LatentFactor}; crop it");
            using var scope = ws.Scope(nameof(Prepare));
            var image = Upload(ws, pixels);
            int height = pixels.Height / LatentFactor, width = pixels.Width / LatentFactor, channels = subject._checkpoint.Unet.InChannels;
            if (subject._faithDiff is { } model) _guide = scope.Return(model.Guide(ws, model.EncodeLq(ws, image)));
            var noise = ws.Scale((float)subject._schedule.InitialNoiseSigma, Noise(ws, subject._seed, height, width, channels));
            _start = scope.Return(subject._vae is { } vae ? subject._schedule.Noise.AddNoise(ws, vae.Encode(ws, image, null), noise, StartTimestep)
                : noise);
            _rows = subject._prompt?.Rows ?? 1;
            if (subject._prompt is { } prompt)
            {
                var (context, pooled) = prompt.Upload(ws);
                _context = scope.Return(context);
                if (pooled is not null) _pooled = scope.Return(pooled);
            }
            bool sizes = subject._checkpoint.Unet.AddedCondition is not null;
            _condition = new UnetCondition(
                _context, sizes ? _pooled : null,
                sizes ? [.. Enumerable.Range(0, _rows).SelectMany(_ => (float[])[pixels.Height, pixels.Width, 0, 0, TargetSide, TargetSide])] : []);
        }

        public Tensor Sample(Workspace ws, FeatureProbe? probe, Action evaluated) => Sampler.Run(ws, (w, x, timestep) =>
        {
            evaluated();
            using var scope = w.Scope(nameof(Predictor));
            var rows = _subject._faithDiff is { } model
                ? model.Forward(w, x, _guide!, timestep, _condition, probe)
                : _subject._unet!.Forward(w, _rows > 1 ? w.Repeat(x, _rows) : x, timestep, _condition, probe);
            return scope.Return(_rows > 1 ? Guidance.Apply(w, rows, _subject._guidance) : rows);
        }, _start, _subject._schedule);

        public void Dispose()
        {
            _guide?.Dispose();
            _start.Dispose();
            _context?.Dispose();
            _pooled?.Dispose();
        }
    }
}
