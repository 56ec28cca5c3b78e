using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>The Stable Diffusion x4 upscaler, found and checked, not yet loaded.</summary>
sealed record X4Checkpoint
{
    /// <summary>Where everything is.</summary>
    public required PipelineParts Parts { get; init; }

    /// <summary>The folder or file.</summary>
    public string Path => Parts.Path;

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

    /// <summary>Every file that weights are read from, for the hash.</summary>
    public IReadOnlyList<string> Files => Parts.Files(OneStepFolder.UnetFolder, OneStepFolder.VaeFolder);

    /// <summary>The UNet's weights.</summary>
    public WeightSource OpenUnet() => Parts.Open(OneStepFolder.UnetFolder);

    /// <summary>The autoencoder's weights.</summary>
    public WeightSource OpenVae() => Parts.Open(OneStepFolder.VaeFolder);

    /// <summary>The saved prompt's states; where none is saved, the empty one's, which the text encoder makes.</summary>
    public PromptEmbeddings ReadPrompt(Backend backend, CancellationToken cancellation) =>
        Parts.ReadPrompt() ?? Sd2Text.Empty(Path, backend, cancellation);

    /// <summary>Loads everything; the text encoder comes and goes.</summary>
    /// <exception cref="ConfigException">The prompt is of another width.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public X4Networks Load(Backend backend, CancellationToken cancellation)
    {
        long textBytes = Parts.HasPrompt ? 0 : Sd2Text.PeakBytes(Path, backend, cancellation);
        var prompt = ReadPrompt(backend, cancellation);
        if (prompt.ContextShape[2] != Unet.ContextChannels || prompt.Rows > 2)
            throw new ConfigException(Path, $"the prompt's states are {prompt.ContextShape}; the UNet takes one row, or one for a "
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
