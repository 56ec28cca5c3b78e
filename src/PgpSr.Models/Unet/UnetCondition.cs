using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>What a UNet is told beside the noisy latent. N rows: one a sample, or unconditional rows first and conditional ones after, for
/// guidance.</summary>
/// <param name="Context">Text states [N, T, ContextChannels]; null for a network without cross-attention.</param>
/// <param name="Pooled">Pooled text [N, PooledChannels]; null for a network without added conditioning.</param>
/// <param name="Numbers">The six sizes of each row, N x 6 (original height and width, crop top and left, target height and width); empty without
/// added conditioning.</param>
sealed record UnetCondition(Tensor? Context, Tensor? Pooled, ImmutableArray<float> Numbers)
{
    /// <summary>From <see cref="Unet.ProjectText"/> for the same context, so that it is not projected anew; null to do so.</summary>
    public TextKeys? TextKeys { get; init; }

    /// <summary>The class of each row, for a network with a class embedding: for an upscaler the noise level.</summary>
    public ImmutableArray<int> ClassLabels { get; init; } = [];

    /// <summary>For networks that are conditioned on time alone.</summary>
    public static UnetCondition None { get; } = new(null, null, []);
}
