using System.Collections.Immutable;
using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>How the Stable Diffusion x4 upscaler will run.</summary>
sealed record X4Plan : PipelinePlan
{
    /// <summary>Its tiles.</summary>
    public required TilePlan Tiles { get; init; }

    /// <summary>One tile through it, with guidance, noise level and prompt.</summary>
    public required X4Restorer Restorer { get; init; }

    /// <summary>Token ids that the text encoder encodes first: the negative prompt's, then the prompt's; empty where the prompt is known.</summary>
    public required ImmutableArray<int> Tokens { get; init; }
}
