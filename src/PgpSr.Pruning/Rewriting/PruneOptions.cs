using System.Collections.Immutable;

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

/// <summary>What pruning made.</summary>
/// <param name="Path">The model: what <see cref="Checkpoint.Open"/> takes.</param>
/// <param name="Before">The source.</param>
/// <param name="After">The result.</param>
/// <param name="Warnings">What the user should know and is no error.</param>
sealed record PruneResult(string Path, ModelNode Before, ModelNode After, ImmutableArray<string> Warnings);

/// <summary>How far a rewriting is.</summary>
/// <param name="Bytes">Bytes written or hashed.</param>
/// <param name="TotalBytes">Of all.</param>
/// <param name="What">What is being done: a file's name.</param>
readonly record struct RewriteProgress(long Bytes, long TotalBytes, string What);
