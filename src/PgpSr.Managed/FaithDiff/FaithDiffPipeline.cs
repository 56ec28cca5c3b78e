using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>FaithDiff and its pruned forms at full size (method 3). Weights are loaded when a run first needs them.</summary>
sealed class FaithDiffPipeline : IPipeline
{
    readonly FaithDiffNetworks _networks;
    readonly Backend _backend;
    readonly FaithDiffPrompts _prompts;

    public FaithDiffPipeline(FaithDiffNetworks networks, Backend backend)
    {
        _networks = networks;
        _backend = backend;
        var checkpoint = networks.Checkpoint;
        Model = new ModelInfo
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint.Path))),
            Kind = ModelKind.FaithDiff,
            Scale = checkpoint.Settings.Scale,
            DefaultSteps = checkpoint.Settings.OneStep is null ? checkpoint.Settings.Steps : 1,
            ParameterCount = networks.ParameterCount,
            Source = checkpoint.Path,
            Hash = checkpoint.Hash,
        };
        _prompts = new FaithDiffPrompts(networks, backend, Model.Name);
    }

    /// <summary>Weights come and go with the stages of a run, which counts them itself, so none are told here.</summary>
    public ModelInfo Model { get; }

    /// <inheritdoc/>
    public ColorFixMethod DefaultColorFix => _networks.Checkpoint.Settings.ColorFix;

    /// <inheritdoc/>
    public bool ColorsOfSource => false;

    /// <inheritdoc/>
    public PixelRounding Rounding => PixelRounding.Nearest;

    /// <inheritdoc/>
    public bool AnySize => true;

    /// <inheritdoc/>
    public Backend Backend => _backend;

    /// <summary>Opens a checkpoint folder: configurations, headers, outlines; no weights yet.</summary>
    /// <exception cref="ConfigException">A part is missing, or a configuration contradicts the weights.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected or misshapen tensor.</exception>
    public static FaithDiffPipeline Load(string path, Backend backend, string? vae = null, CancellationToken cancellation = default) => new(
        new FaithDiffNetworks(FaithDiffFolder.Open(path), backend, vae is null ? null : TinyVaeFile.Find(vae, path), cancellation), backend);

    /// <inheritdoc/>
    public PipelinePlan Plan(PipelineRequest request)
    {
        if (request.Options.NoiseLevel is not null) Throw.Option(Model.Name, nameof(UpscaleOptions.NoiseLevel), TilePlanner.NoNoiseLevel);
        var sampling = FaithDiffSampling.Create(_networks.Checkpoint.Settings, request.Options.Steps, request.Options.Guidance, Model.Name);
        DeepReuse.Check(request.Options.Reuse, _networks.DenoiserOutline.Config.Unet, sampling.Steps, Model.Name);
        sampling = sampling with { Reuse = request.Options.Reuse };
        // Not what a run before has left: a plan is the same whatever ran before.
        var given = _prompts.Embeddings(request.Options.Prompt, sampling.Rows);
        if (given is not null) sampling = sampling with { TextLength = given.ContextShape[1] };
        return FaithDiffPlanner.Plan(_networks, _backend, Model.Name, request, sampling, needsText: given is null);
    }

    /// <inheritdoc/>
    public void Run(PipelinePlan plan, Image source, RowSink sink, RunContext context)
    {
        var own = (FaithDiffPlan)plan;
        var noise = new NoiseSource(own.Seed);
        // Its weights come and go, and their plan has nothing beside them.
        _backend.Trim();
        context.Hold(_networks.LoadedBytes);
        try
        {
            var prompt = _prompts.Get(own, context);
            new FaithDiffRun(_networks, _backend, Model.Name, own, source, noise.Fill, context).Run(prompt, sink);
        }
        finally
        {
            context.Hold(-_networks.LoadedBytes);
        }
    }

    /// <summary>Gives the weights back.</summary>
    public void Dispose() => _networks.Dispose();
}
