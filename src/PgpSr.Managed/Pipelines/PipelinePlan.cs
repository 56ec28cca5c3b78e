using System.Collections.Immutable;

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
