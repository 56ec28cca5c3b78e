using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>How <see cref="Analyzer"/> runs a model.</summary>
sealed record AnalysisOptions
{
    /// <summary>Steps of the sampler; null for the model's own number: its folder's <c>pgpsr.json</c>, or 20 for an SDXL UNet.</summary>
    public int? Steps { get; init; }

    /// <summary>What Psi_KL's softmax runs over.</summary>
    public SoftmaxAxis Axis { get; init; }

    /// <summary>Of the noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>Weight of classifier-free guidance for models with text; null for the model's own (FaithDiff's is 5).</summary>
    public double? Guidance { get; init; }

    /// <summary>
    /// For models with text: one row, or two with the unconditional one first. Null: the folder's
    /// <c>prompt.safetensors</c>, or the empty prompt through its text encoders, or zeros.
    /// </summary>
    public PromptEmbeddings? Prompt { get; init; }

    /// <summary>Bytes that the network's weights and tensors may take together; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Measures besides, for every block alone, how far the final latent moves when it is left out. Takes a whole run for each
    /// block.</summary>
    public bool SkipErrors { get; init; }
}

/// <summary>How far an analysis is.</summary>
/// <param name="Picture">0-based.</param>
/// <param name="Pictures">How many.</param>
/// <param name="Evaluation">Evaluations of the network that have ended, over everything.</param>
/// <param name="Evaluations">Evaluations of the whole analysis.</param>
/// <param name="Skipped">The block that is left out now; null while measuring.</param>
readonly record struct AnalysisProgress(int Picture, int Pictures, int Evaluation, int Evaluations, string? Skipped);

/// <summary>What is taken for one distribution when Psi_KL compares two feature maps. The paper does not say.</summary>
enum SoftmaxAxis
{
    /// <summary>The channels of each position: the mean over positions does not depend on the picture's size.</summary>
    Channels,

    /// <summary>All positions and channels of a picture together: one divergence a picture, and it depends on its size.</summary>
    All,
}
