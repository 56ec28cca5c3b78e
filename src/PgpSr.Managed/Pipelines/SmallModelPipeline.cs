using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Small models: source tiles > network > merged rows (+ the enlarged source, for models that predict a residual) > sink.</summary>
sealed class SmallModelPipeline(PgpModel model, ModelInfo info, Backend backend) : IPipeline
{
    readonly SmallModelNetwork _network = new(model);

    /// <inheritdoc/>
    public ModelInfo Model { get; } = info with { ParameterCount = model.ParameterCount, WeightBytes = model.WeightBytes };

    /// <summary>None: a residual is added to the enlarged source, whose colours the result thereby has; the other models see the source in every
    /// step.</summary>
    public ColourFixMethod DefaultColourFix => ColourFixMethod.None;

    /// <inheritdoc/>
    public PixelRounding Rounding => PixelRounding.Nearest;

    /// <inheritdoc/>
    public bool AnySize => false;

    PgpConfig Config => model.Config;

    /// <summary>What a checkpoint's metadata tells.</summary>
    public static ModelInfo Describe(string name, string source, PgpConfig config, IReadOnlyDictionary<string, string> metadata,
        CheckpointHash hash) => new()
        {
            Name = name,
            Kind = ModelKind.Small,
            Scale = config.Scale,
            DefaultSteps = config.Steps,
            Source = source,
            Licence = metadata.GetValueOrDefault("license", ""),
            Description = metadata.GetValueOrDefault("pgpsr.training_data", ""),
            ParameterCount = PgpModel.Declare(config).Sum(tensor => tensor.Shape.Count),
            Hash = hash,
        };

    /// <inheritdoc/>
    public PipelinePlan Plan(PipelineRequest request) => SmallModelPlanner.Plan(_network, backend, Model, request);

    /// <inheritdoc/>
    public void Run(PipelinePlan plan, Image source, RowSink sink, RunContext context)
    {
        var own = (SmallModelPlan)plan;
        using var run = new SmallModelRun(_network, backend, Model, own, source, sink, context);
        run.Run();
    }

    /// <summary>Gives the weights back.</summary>
    public void Dispose() => _network.Dispose();
}
