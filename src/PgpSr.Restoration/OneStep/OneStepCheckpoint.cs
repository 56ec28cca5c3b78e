using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>A one-step restorer that was found and checked, not yet loaded.</summary>
sealed class OneStepCheckpoint
{
    /// <summary>The requested folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>The adapters' or the merged file.</summary>
    public required string Weights { get; init; }

    /// <summary>The base model's folder.</summary>
    public required string Base { get; init; }

    /// <summary>How it is run.</summary>
    public required OneStepRecipe Recipe { get; init; }

    /// <summary>How <see cref="Weights"/> is laid out.</summary>
    public required OneStepForm Form { get; init; }

    /// <summary>Makes or reads the prompt; null where there is neither a text encoder nor a saved prompt.</summary>
    public required Func<Backend, CancellationToken, PromptEmbeddings>? Prompt { get; init; }

    /// <summary>The UNet's topology.</summary>
    public UnetConfig Unet { get; private set; } = null!;

    /// <summary>The autoencoder's topology.</summary>
    public AutoencoderConfig Vae { get; private set; } = null!;

    /// <summary>Reads configurations and headers.</summary>
    /// <exception cref="ConfigException">Parts do not belong together.</exception>
    public void ReadTopologies()
    {
        Vae = Form.Packed?.Vae ?? OneStepFolder.ReadVae(Base, Recipe);
        using var unet = OpenUnet();
        Unet = Form.Packed?.Unet ?? ConfigFile.ReadUnet(System.IO.Path.Combine(Base, OneStepFolder.UnetFolder), unet);
        if (Unet.AddedCondition is not null)
            throw new ConfigException(unet.Name, $"the UNet takes pooled text and sizes: it is Stable Diffusion XL's; {Recipe.Name} takes "
                + $"Stable Diffusion 2.1-base's, from {OneStepFolder.BaseHome}");
        if (Unet.InChannels != Vae.LatentChannels || Unet.OutChannels != Vae.LatentChannels)
            throw new ConfigException(unet.Name,
                $"takes {Unet.InChannels} channels and produces {Unet.OutChannels}, the autoencoder's latent has {Vae.LatentChannels}: "
                + "they belong to different families");
        if (Unet.ContextChannels > 0 && Prompt is null)
            throw new ConfigException(Path, $"has neither '{OneStepFolder.PromptFile}' nor the base model's folder '{OneStepFolder.TextFolder}', "
                + $"but the UNet needs the states of an empty prompt; download the folder from {OneStepFolder.BaseHome}");
    }

    /// <summary>The UNet with its adapters.</summary>
    public WeightSource OpenUnet(bool pixelOnly = false) => OneStepFolder.OpenUnet(Base, Weights, Form, Recipe, pixelOnly);

    /// <summary>The autoencoder with its adapters.</summary>
    public WeightSource OpenVae() => OneStepFolder.OpenVae(Base, Weights, Form, Recipe);

    /// <summary>Loads everything.</summary>
    /// <param name="backend">Where it runs.</param>
    /// <param name="strengths">Weights of PiSA-SR's adapters; null for 1 and 1.</param>
    /// <param name="tiny">Opens a tiny autoencoder that decodes, or null.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ConfigException">Strengths of a model without two adapters, or a prompt of another width.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public OneStepRestorer Load(
        Backend backend, OneStepStrengths? strengths, TinyVaeFile? tiny, CancellationToken cancellation)
    {
        if (strengths is not null && !Form.HasPixelAdapter)
            throw new ConfigException(Weights, "has no separate adapters for pixels and for detail, as PiSA-SR's file has, "
                + "so their strengths cannot be chosen");
        tiny?.RefuseOtherLatents(Vae);
        var loaded = new List<IDisposable>();
        try
        {
            var prompt = Unet.ContextChannels > 0 ? Prompt!(backend, cancellation) : null;
            if (prompt is not null && (prompt.ContextShape[2] != Unet.ContextChannels || prompt.Rows != 1))
                throw new ConfigException(Path,
                    $"the prompt's states are {prompt.ContextShape}; the UNet takes one row of {Unet.ContextChannels} channels");
            AutoencoderKl vae;
            using (var source = OpenVae()) loaded.Add(vae = AutoencoderKl.Load(source, backend, Vae, cancellation));
            Unet unet;
            using (var source = OpenUnet()) loaded.Add(unet = Models.Unet.Load(source, backend, Unet, cancellation));
            Unet? pixel = null;
            if (strengths?.NeedPixelNetwork == true)
                using (var source = OpenUnet(pixelOnly: true)) loaded.Add(pixel = Models.Unet.Load(source, backend, Unet, cancellation));
            var networks = new OneStepNetworks
            {
                Encoder = vae,
                Unet = unet,
                PixelUnet = pixel,
                Tiny = tiny?.Load(backend, cancellation),
                Prompt = prompt,
            };
            return new OneStepRestorer(networks, Recipe, strengths);
        }
        catch
        {
            foreach (var thing in loaded) thing.Dispose();
            throw;
        }
    }
}
