using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>
/// The parts of a FaithDiff checkpoint: topologies and settings, which are read, and weights, which can be opened as often as they are needed.
/// </summary>
sealed record FaithDiffCheckpoint
{
    /// <summary>For messages and as the model's source.</summary>
    public required string Path { get; init; }

    /// <summary>How it wants to be run.</summary>
    public required FaithDiffSettings Settings { get; init; }

    /// <summary>UNet, LQ encoder, adapters.</summary>
    public required FaithDiffConfig Config { get; init; }

    /// <summary>The autoencoder's topology.</summary>
    public required AutoencoderConfig Vae { get; init; }

    /// <summary>CLIP-L's and bigG's topology; null for a checkpoint without text encoders.</summary>
    public (ClipConfig First, ClipConfig Second)? Text { get; init; }

    /// <summary>Weights of UNet and FaithDiff's own layers.</summary>
    public required Func<WeightSource> OpenDenoiser { get; init; }

    /// <summary>Weights of the autoencoder.</summary>
    public required Func<WeightSource> OpenVae { get; init; }

    /// <summary>Weights of the first (false) and second text encoder; null without them.</summary>
    public Func<bool, WeightSource>? OpenText { get; init; }

    /// <summary>Embeddings of a fixed prompt, or null.</summary>
    public Func<PromptEmbeddings>? Prompt { get; init; }

    /// <summary>Says what the weights are, for provenance.</summary>
    public required CheckpointHash Hash { get; init; }
}
