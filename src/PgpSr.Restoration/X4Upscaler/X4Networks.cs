using PgpSr.Models;

namespace PgpSr.Restoration;

/// <summary>The networks of the Stable Diffusion x4 upscaler that stay in memory; disposed together.</summary>
/// <param name="unet">From noisy latent and picture to velocity.</param>
/// <param name="vae">From latents to pictures, four pixels a position.</param>
sealed class X4Networks(Unet unet, AutoencoderKl vae) : IDisposable
{
    /// <summary>From noisy latent and picture to velocity.</summary>
    public Unet Unet => unet;

    /// <summary>From latents to pictures.</summary>
    public AutoencoderKl Vae => vae;

    /// <summary>What the network is told where nobody says more: one row, or those of a negative prompt and of a prompt.</summary>
    public required PromptEmbeddings Prompt { get; init; }

    /// <summary>Bytes that the text encoder takes while it encodes; 0 where there is none.</summary>
    public required long TextBytes { get; init; }

    /// <summary>Numbers of both networks.</summary>
    public long ParameterCount => unet.ParameterCount + vae.ParameterCount;

    /// <summary>Bytes of their weights.</summary>
    public long WeightBytes => unet.WeightBytes + vae.WeightBytes;

    /// <summary>Gives the weights back.</summary>
    public void Dispose()
    {
        unet.Dispose();
        vae.Dispose();
    }
}
