using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>The Stable Diffusion x4 upscaler, found and checked, not yet loaded.</summary>
sealed record X4Checkpoint
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>The UNet's topology: latent and noised picture in, velocity out, a class embedding for the noise level.</summary>
    public required UnetConfig Unet { get; init; }

    /// <summary>The autoencoder's topology, with the upscaler's own scaling factor.</summary>
    public required AutoencoderConfig Vae { get; init; }

    /// <summary>How the latent is sampled.</summary>
    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>With what noise the picture is covered.</summary>
    public required NoiseSchedule PictureNoise { get; init; }

    /// <summary>The highest noise level.</summary>
    public required int MaxNoiseLevel { get; init; }

    /// <summary>A prompt that lies in the folder, or null: the text encoder then makes the empty one's states.</summary>
    public required string? PromptFile { get; init; }

    /// <summary>Every file that weights are read from, for the hash.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The UNet's weights.</summary>
    public WeightSource OpenUnet() => OneStepFolder.OpenFolder(System.IO.Path.Combine(Path, OneStepFolder.UnetFolder));

    /// <summary>The autoencoder's weights.</summary>
    public WeightSource OpenVae() => OneStepFolder.OpenFolder(System.IO.Path.Combine(Path, OneStepFolder.VaeFolder));

    /// <summary>Loads everything; the text encoder comes and goes.</summary>
    /// <exception cref="ConfigException">The prompt is of another width.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public X4Networks Load(Backend backend, CancellationToken cancellation)
    {
        long textBytes = PromptFile is null ? Sd2Text.PeakBytes(Path, backend, cancellation) : 0;
        var prompt = PromptFile is { } file ? PromptEmbeddings.Load(file) : Sd2Text.Empty(Path, backend, cancellation);
        if (prompt.ContextShape[2] != Unet.ContextChannels || prompt.Rows > 2)
            throw new ConfigException(PromptFile ?? Path, $"the prompt's states are {prompt.ContextShape}; the UNet takes one row, or one for a "
                + $"negative prompt and one for a prompt, of {Unet.ContextChannels} channels");
        using var vaeSource = OpenVae();
        var vae = AutoencoderKl.Load(vaeSource, backend, Vae, cancellation);
        try
        {
            using var source = OpenUnet();
            return new X4Networks(Models.Unet.Load(source, backend, Unet, cancellation), vae) { Prompt = prompt, TextBytes = textBytes };
        }
        catch
        {
            vae.Dispose();
            throw;
        }
    }
}
