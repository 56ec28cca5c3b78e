namespace PgpSr.Models;

/// <summary>The topology of FaithDiff: its UNet, its LQ encoder, and whether a phase-exchange adapter is in it.</summary>
sealed record FaithDiffConfig
{
    /// <summary>The denoiser.</summary>
    public required UnetConfig Unet { get; init; }

    /// <summary>The LQ encoder's topology: SDXL's VAE encoder.</summary>
    public AutoencoderConfig LqEncoder { get; init; } = AutoencoderConfig.Sdxl;

    /// <summary>Where phase-exchange adapters sit.</summary>
    public PhasePlacement Phase { get; init; }

    /// <summary>As released: SDXL's UNet, no adapter.</summary>
    public static FaithDiffConfig Released { get; } = new() { Unet = UnetConfig.Sdxl };
}
