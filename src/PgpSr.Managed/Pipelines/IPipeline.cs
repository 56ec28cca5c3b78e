using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// A family of models, from a picture without alpha to rows of the restored picture. Everything around it (alpha, color fix, exact size, pixels,
/// files, passes) is the same for all families and lives in <see cref="SuperResolver"/>.
/// </summary>
interface IPipeline : IDisposable
{
    /// <summary>What is loaded.</summary>
    ModelInfo Model { get; }

    /// <summary>How colors are fixed where the caller does not say.</summary>
    ColorFixMethod DefaultColorFix { get; }

    /// <summary>How the source is enlarged to be the reference of a color fix.</summary>
    ResizeFilter Enlargement => ResizeFilter.Bicubic;

    /// <summary>Pixels that the source's shorter side needs: a smaller source is enlarged to it first, and the result reduced.</summary>
    int LeastSide => 1;

    /// <summary>
    /// Whether <see cref="ColorFixMethod.AdaIn"/> gives a result the mean and deviation of the source as it is; otherwise those of the enlarged source,
    /// with a floor under the variances.
    /// </summary>
    bool ColorsOfSource { get; }

    /// <summary>How floats become pixels.</summary>
    PixelRounding Rounding { get; }

    /// <summary>Whether the result may have any size; otherwise it is <see cref="ModelInfo.Scale"/> times the source and is resized
    /// afterwards.</summary>
    bool AnySize { get; }

    /// <summary>Where it runs.</summary>
    Backend Backend { get; }

    /// <summary>Turns sizes and a budget into tiles for every stage.</summary>
    /// <exception cref="MemoryBudgetException">Even the smallest tiles need more.</exception>
    /// <exception cref="ArgumentException">An option that this family does not have.</exception>
    PipelinePlan Plan(PipelineRequest request);

    /// <summary>Runs a plan of this pipeline.</summary>
    /// <param name="plan">From <see cref="Plan"/>.</param>
    /// <param name="source">Gray or RGB without alpha, of the planned size.</param>
    /// <param name="sink">Takes rows of the result from top to bottom.</param>
    /// <param name="context">Cancellation, progress, memory account.</param>
    void Run(PipelinePlan plan, Image source, RowSink sink, RunContext context);
}

/// <summary>Takes the next rows of a result: RGB, interleaved, black -1 and white 1, not clamped; any number of whole rows.</summary>
delegate void RowSink(ReadOnlySpan<float> rows);
