using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>What the denoiser is told.</summary>
/// <param name="Prompt">Unconditional row first, conditional after; one row without guidance.</param>
/// <param name="Guidance">u + guidance (c - u).</param>
/// <param name="Height">Rows of the padded result.</param>
/// <param name="Width">Columns of the padded result.</param>
/// <param name="SizeTarget">See <see cref="FaithDiffSettings.SizeTarget"/>.</param>
sealed record FaithDiffCondition(PromptEmbeddings Prompt, float Guidance, int Height, int Width, int SizeTarget)
{
    /// <summary>
    /// The six numbers of a tile (method 3.4): size in pixels, position in latent units, target. The published pipeline holds them in float16, and
    /// the rounding of sides over 2048 is part of what the network sees.
    /// </summary>
    public ImmutableArray<float> Numbers(Tile tile) =>
        [(float)(Half)Height, (float)(Half)Width, (float)(Half)tile.Y, (float)(Half)tile.X, (float)(Half)SizeTarget, (float)(Half)SizeTarget];
}
