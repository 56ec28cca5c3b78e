using PgpSr.Restoration;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>How a FaithDiff model will run.</summary>
sealed record FaithDiffPlan : PipelinePlan
{
    /// <summary>Tiles and what is kept between steps.</summary>
    public required FaithDiffTiling Tiling { get; init; }

    /// <summary>Which networks stay in memory.</summary>
    public required FaithDiffResidency Residency { get; init; }

    /// <summary>Steps, guidance, formula.</summary>
    public required FaithDiffSampling Sampling { get; init; }

    /// <summary>Of the noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Text; null for the checkpoint's own prompt, or the empty one.</summary>
    public required Prompt? Prompt { get; init; }

    /// <summary>Memory and work of the text encoders; null where embeddings are at hand.</summary>
    public required FaithDiffStage? Text { get; init; }

    /// <summary>Of the autoencoder's way in; null where nothing of its result is used.</summary>
    public required FaithDiffStage? EncodeLatent { get; init; }

    /// <summary>Of the LQ encoder.</summary>
    public required FaithDiffStage EncodeFeatures { get; init; }

    /// <summary>Of the denoiser.</summary>
    public required FaithDiffStage Denoise { get; init; }

    /// <summary>Of the autoencoder's way back.</summary>
    public required FaithDiffStage Decode { get; init; }
}

/// <summary>Which networks stay in memory between stages, widest first.</summary>
enum FaithDiffResidency
{
    /// <summary>All, text encoders included: the next picture begins at once.</summary>
    All,

    /// <summary>Text encoders leave before the others come.</summary>
    WithoutText,

    /// <summary>Only what a stage runs: every picture loads everything again.</summary>
    StageByStage,
}

/// <summary>What one stage takes.</summary>
/// <param name="Workspace">Activations of a tile, and what stays for all tiles.</param>
/// <param name="HostBytes">Maps, merges and buffers beside them.</param>
/// <param name="UnitWork">Multiply-accumulates of a tile (and evaluation).</param>
/// <param name="FixedWork">Multiply-accumulates before the first.</param>
sealed record FaithDiffStage(WorkspacePlan Workspace, long HostBytes, long UnitWork, long FixedWork = 0)
{
    /// <summary>Bytes beside weights and pictures.</summary>
    public long Bytes => checked(Workspace.ArenaBytes + HostBytes);
}
