namespace PgpSr.Pruning;

/// <summary>How <see cref="Pruner"/> writes.</summary>
sealed record PruneOptions
{
    /// <summary>Recorded in the result: how the plan was decided. Null for a plan made by hand.</summary>
    public PlanRules? Rules { get; init; }

    /// <summary>Recorded in the result: what was measured.</summary>
    public PruningReport? Report { get; init; }

    /// <summary>Copies what else a diffusers folder holds (autoencoder, text encoders, tokenizers, scheduler), so that the result is
    /// complete.</summary>
    public bool CopyOtherFiles { get; init; } = true;

    /// <summary>Replaces a model that stands where the result should go; a folder of other things is never replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Of the random weights inside new adapters; their last layers are zero.</summary>
    public ulong Seed { get; init; }

    /// <summary>Channels of the guide that is put in with adapters into a small model that has none.</summary>
    public int GuideChannels { get; init; } = 32;

    /// <summary>Side of the picture, in pixels of the result, for which multiply-accumulates are counted.</summary>
    public int CountSide { get; init; } = 1024;
}
