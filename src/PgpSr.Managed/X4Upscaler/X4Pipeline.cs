using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Managed;

/// <summary>The Stable Diffusion x4 upscaler: text encoder, where there is a prompt of one's own > each tile in some steps > autoencoder.</summary>
sealed class X4Pipeline : IPipeline
{
    /// <summary>
    /// The publisher's program takes 75. Twenty of DDIM's steps are enough for a picture that the network sees whole in every step.
    /// </summary>
    const int DefaultSteps = 20;

    const string PromptOption = nameof(UpscaleOptions.Prompt);

    readonly X4Checkpoint _checkpoint;
    readonly X4Networks _networks;
    readonly Backend _backend;

    /// <param name="checkpoint">How the networks are run.</param>
    /// <param name="networks">Disposed with the pipeline.</param>
    /// <param name="backend">Where they run.</param>
    public X4Pipeline(X4Checkpoint checkpoint, X4Networks networks, Backend backend)
    {
        (_checkpoint, _networks, _backend) = (checkpoint, networks, backend);
        Model = new ModelInfo
        {
            Name = checkpoint.Parts.Name,
            Kind = ModelKind.X4Upscaler,
            Scale = networks.Vae.Factor,
            DefaultSteps = DefaultSteps,
            ParameterCount = networks.ParameterCount,
            WeightBytes = networks.WeightBytes,
            Source = checkpoint.Path,
            License = "CreativeML Open RAIL++-M",
            Description = "Stable Diffusion x4 upscaler, with text",
            Hash = new CheckpointHash([.. checkpoint.Files.Select<string, Func<Stream>>(file => () => File.OpenRead(file))]),
        };
    }

    /// <inheritdoc/>
    public ModelInfo Model { get; }

    /// <summary>None: the autoencoder's colors, as published.</summary>
    public ColorFixMethod DefaultColorFix => ColorFixMethod.None;

    /// <inheritdoc/>
    public bool ColorsOfSource => false;

    /// <inheritdoc/>
    public PixelRounding Rounding => PixelRounding.Nearest;

    /// <inheritdoc/>
    public bool AnySize => false;

    /// <inheritdoc/>
    public Backend Backend => _backend;

    /// <summary>Loads a folder.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static X4Pipeline Load(string path, Backend backend, CancellationToken cancellation)
    {
        var checkpoint = X4Folder.Open(path);
        return new X4Pipeline(checkpoint, checkpoint.Load(backend, cancellation), backend);
    }

    /// <inheritdoc/>
    public PipelinePlan Plan(PipelineRequest request)
    {
        var options = request.Options;
        int level = options.NoiseLevel ?? X4Restorer.DefaultNoiseLevel;
        if (level < 0 || level > _checkpoint.MaxNoiseLevel)
            Throw.Option(Model.Name, nameof(options.NoiseLevel), $"is {level}; expected 0 to {_checkpoint.MaxNoiseLevel}");
        float guidance = options.Guidance ?? X4Restorer.DefaultGuidance;
        if (!(guidance >= 0 && float.IsFinite(guidance))) Throw.Option(Model.Name, nameof(options.Guidance), $"is {guidance}; expected 0 or more");
        DeepReuse.Check(options.Reuse, _checkpoint.Unet, options.Steps ?? DefaultSteps, Model.Name);
        var tokens = Tokens(options.Prompt);
        var prompt = options.Prompt?.Embeddings is { } given ? Checked(given) : _networks.Prompt;
        if (options.Guidance is not null && tokens.IsEmpty && prompt.Rows == 1)
            Throw.Option(Model.Name, nameof(options.Guidance), "is set without a prompt that could guide the model");
        // Both rows count for the plan where they are still to be encoded.
        var restorer = new X4Restorer(_networks, _checkpoint, tokens.IsEmpty ? prompt : Twice(prompt), guidance, level, options.Reuse);
        var tiles = TilePlanner.Plan(restorer, _backend, Model,
            request with { Options = options with { Guidance = null, Prompt = null, NoiseLevel = null, Reuse = 1 } });
        long text = tokens.IsEmpty ? 0 : checked(request.HeldBytes + Model.WeightBytes + _networks.TextBytes);
        if (text > request.BudgetBytes) throw Throw.Budget(request.BudgetBytes, text);
        return new X4Plan
        {
            OutputWidth = tiles.OutputWidth,
            OutputHeight = tiles.OutputHeight,
            Stages = tiles.Stages,
            Overlap = tiles.Overlap,
            Steps = tiles.Steps,
            PeakBytes = Math.Max(tiles.PeakBytes, text),
            Workers = tiles.Workers,
            Tiles = tiles,
            Restorer = restorer,
            Tokens = tokens,
        };
    }

    /// <inheritdoc/>
    public void Run(PipelinePlan plan, Image source, RowSink sink, RunContext context)
    {
        var own = (X4Plan)plan;
        var restorer = own.Tokens.IsEmpty ? own.Restorer : own.Restorer.With(Encode(own.Tokens, context));
        using var run = new TileRun(restorer, _backend, Model, own.Tiles, source, sink, context);
        run.Run();
    }

    PromptEmbeddings Encode(ImmutableArray<int> tokens, RunContext context)
    {
        context.Report(UpscaleStage.Encoding, 0, 1, 0, 1);
        // The plan has the text encoder's weights and nothing beside them.
        _backend.Trim();
        context.Hold(_networks.TextBytes);
        try
        {
            return Checked(Sd2Text.Encode(_checkpoint.Path, _backend, tokens.AsSpan(), context.Cancellation));
        }
        finally
        {
            context.Hold(-_networks.TextBytes);
        }
    }

    // The negative prompt's ids, then the prompt's; none where nothing is to be encoded.
    ImmutableArray<int> Tokens(Prompt? prompt)
    {
        if (prompt is null || (prompt.Tokens.IsDefaultOrEmpty && prompt.NegativeTokens.IsDefaultOrEmpty)) return [];
        if (prompt.Embeddings is not null) Throw.Option(Model.Name, PromptOption, "has embeddings and tokens; pass only one of them");
        if (_networks.TextBytes == 0)
            Throw.Option(Model.Name, PromptOption,
                _checkpoint.Parts.IsFolder ? $"takes embeddings here: the folder has its prompt in {OneStepFolder.PromptFile}; without that file the text encoder is used"
                    : "takes embeddings here: the file holds a prompt's states and no text encoder");
        return [.. Row(prompt.NegativeTokens), .. Row(prompt.Tokens)];

        ImmutableArray<int> Row(ImmutableArray<int> ids)
        {
            if (ids.IsDefaultOrEmpty) return Sd2Text.EmptyIds;
            if (ids.Length != Sd2Text.Length)
                Throw.Option(Model.Name, PromptOption, $"has {ids.Length} token ids; expected {Sd2Text.Length}, padding included");
            return ids;
        }
    }

    PromptEmbeddings Checked(PromptEmbeddings prompt)
    {
        var shape = prompt.ContextShape;
        int channels = _checkpoint.Unet.ContextChannels;
        if (shape.Rank != 3 || shape.Count == 0 || shape.Count != prompt.Context.Length || shape[0] > 2 || shape[2] != channels)
        {
            Throw.Option(Model.Name, PromptOption, $"has {prompt.Context.Length} numbers as states {shape}; expected one row, or those of a negative "
                + $"prompt and of a prompt, [rows, tokens, {channels}]");
        }
        if (!Primitives.IsFiniteAll(prompt.Context.Span)) Throw.Option(Model.Name, PromptOption, "contains infinity or NaN");
        return prompt;
    }

    static PromptEmbeddings Twice(PromptEmbeddings prompt) => prompt.Rows == 2 ? prompt
        : new((float[])[.. prompt.Context.Span, .. prompt.Context.Span], new Shape(2, prompt.ContextShape[1], prompt.ContextShape[2]), default);

    /// <summary>Gives the weights back.</summary>
    public void Dispose() => _networks.Dispose();
}
