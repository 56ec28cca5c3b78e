using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>How a pipeline will run; each family adds its own.</summary>
abstract record PipelinePlan
{
    /// <summary>Columns of the rows that the sink gets.</summary>
    public required int OutputWidth { get; init; }

    /// <summary>Rows that the sink gets.</summary>
    public required int OutputHeight { get; init; }

    /// <summary>Stages in order.</summary>
    public required ImmutableArray<StagePlan> Stages { get; init; }

    /// <summary>Pixels of the source that tiles share.</summary>
    public required int Overlap { get; init; }

    /// <summary>Network evaluations for one tile.</summary>
    public required int Steps { get; init; }

    /// <summary>The most bytes held at once: the caller's, the weights and the pipeline's own.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>
    /// Of these, weights that come and go with the run, the most at once; 0 for a family whose weights stay (<see cref="ModelInfo.WeightBytes"/>).
    /// </summary>
    public long PassingWeightBytes { get; init; }

    /// <summary>The most threads that work on an operation: of those that are planned with, and as many more as fit the budget.</summary>
    public required int Workers { get; init; }

    /// <summary>Multiply-accumulates of all stages.</summary>
    public long MultiplyAdds => Stages.Sum(stage => stage.MultiplyAdds);
}

/// <summary>How a model that restores tile by tile will run.</summary>
sealed record TilePlan : PipelinePlan
{
    /// <summary>Tiles over the source, which is extended to whole multiples by repeating its last row and column.</summary>
    public required TileGrid Grid { get; init; }

    /// <summary>Memory and work of a tile.</summary>
    public required WorkspacePlan Tile { get; init; }

    /// <summary>What the run holds beside weights and the caller's pictures.</summary>
    public required long OwnBytes { get; init; }

    /// <summary>Of the noise.</summary>
    public required ulong Seed { get; init; }
}
