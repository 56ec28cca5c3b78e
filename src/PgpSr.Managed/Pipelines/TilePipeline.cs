using PgpSr.Imaging;
using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// Models that restore tile by tile: source tiles > network > merged rows (+ the enlarged source, for models that predict a residual) > sink.
/// </summary>
/// <param name="restorer">The loaded model; disposed with the pipeline.</param>
/// <param name="info">What the checkpoint tells.</param>
/// <param name="backend">Where it runs.</param>
/// <param name="colorFix">How colors are fixed where the caller does not say.</param>
/// <param name="colorsOfSource">Which colors <see cref="ColorFixMethod.AdaIn"/> means.</param>
/// <param name="rounding">How floats become pixels.</param>
sealed class TilePipeline(
    TileRestorer restorer, ModelInfo info, Backend backend, ColorFixMethod colorFix = ColorFixMethod.None, bool colorsOfSource = false,
    PixelRounding rounding = PixelRounding.Nearest) : IPipeline
{
    /// <inheritdoc/>
    public ModelInfo Model { get; } = info with { ParameterCount = restorer.ParameterCount, WeightBytes = restorer.WeightBytes };

    /// <inheritdoc/>
    public ColorFixMethod DefaultColorFix => colorFix;

    /// <inheritdoc/>
    public ResizeFilter Enlargement => restorer.Enlargement;

    /// <inheritdoc/>
    public int LeastSide => restorer.LeastSide;

    /// <inheritdoc/>
    public bool ColorsOfSource => colorsOfSource;

    /// <inheritdoc/>
    public PixelRounding Rounding => rounding;

    /// <inheritdoc/>
    public bool AnySize => false;

    /// <inheritdoc/>
    public Backend Backend => backend;

    /// <inheritdoc/>
    public PipelinePlan Plan(PipelineRequest request) => TilePlanner.Plan(restorer, backend, Model, request);

    /// <inheritdoc/>
    public void Run(PipelinePlan plan, Image source, RowSink sink, RunContext context)
    {
        using var run = new TileRun(restorer, backend, Model, (TilePlan)plan, source, sink, context);
        run.Run();
    }

    /// <summary>Gives the weights back.</summary>
    public void Dispose() => restorer.Dispose();
}
