using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// A tiny autoencoder as it lies on a disk: diffusers' folder or safetensors file, or the author's pair <c>*_encoder.pth</c> and
/// <c>*_decoder.pth</c>, either of which names both.
/// </summary>
/// <param name="path">The file or folder.</param>
sealed class TinyVaeFile(string path)
{
    /// <summary>What stands for the tiny autoencoder beside the model.</summary>
    public const string Word = "tiny";

    const string Encoder = "_encoder.pth", Decoder = "_decoder.pth", Home = "huggingface.co/madebyollin";
    const float SdScaling = 0.18215f, SdxlScaling = 0.13025f;

    /// <summary>Finds what a user means: a path, or <see cref="Word"/> for the one in the model's folder.</summary>
    /// <param name="vae">The option's value.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public static TinyVaeFile Find(string vae, string folder)
    {
        if (vae != Word) return Path.Exists(vae) ? new(vae) : throw new ConfigException(vae, $"no such file or folder; expected a path or '{Word}'");
        foreach (string name in (string[])["taesd", "taesdxl", "vae_tiny", "taesd.safetensors", "taesdxl.safetensors", $"taesd{Decoder}",
            $"taesdxl{Decoder}"])
            if (Path.Combine(folder, name) is var found && Path.Exists(found)) return new(found);
        throw new ConfigException(folder, $"holds no tiny autoencoder (taesd/, taesd.safetensors or taesd{Encoder} and taesd{Decoder}); "
            + $"download TAESD from {Home}/taesd, and {Home}/taesdxl for Stable Diffusion XL");
    }

    /// <summary>Refuses, by name and shape, one of another space of latents.</summary>
    /// <exception cref="ConfigException">It is for other latents.</exception>
    public void RefuseOtherLatents(AutoencoderConfig vae)
    {
        // Published files are all called alike: the nearest folder that tells counts.
        string[] parts = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)).ToLowerInvariant().Split(Path.DirectorySeparatorChar);
        string name = parts.LastOrDefault(part => part.Contains("taesd", StringComparison.Ordinal) || part.Contains("taef", StringComparison.Ordinal) || part.Contains("taesana", StringComparison.Ordinal)) ?? parts[^1];
        string? other = ((string[])["taesdxl", "taesd3", "taef1", "taef2", "taesana"])
            .FirstOrDefault(known => name.Contains(known, StringComparison.Ordinal));
        bool fits = vae.ScalingFactor switch
        {
            SdScaling => other is null,
            SdxlScaling => other == "taesdxl" || !name.Contains("taesd", StringComparison.Ordinal),
            _ => false,
        };
        if (!fits)
            throw new ConfigException(path, $"{other ?? "TAESD"} is for another space of latents than this model's "
                + $"(scaling {vae.ScalingFactor}); TAESD is for Stable Diffusion 1 and 2 ({SdScaling}), TAESDXL for XL ({SdxlScaling}), from {Home}");
        if (ReadConfig() is var config && (config.LatentChannels != vae.LatentChannels || config.Factor != vae.Factor))
            throw new ConfigException(path, $"is for latents of {config.LatentChannels} channels and {config.Factor} pixels a position; "
                + $"this model's have {vae.LatentChannels} and {vae.Factor}");
    }

    /// <summary>Loads it.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public TinyAutoencoder Load(Backend backend, CancellationToken cancellation)
    {
        using var source = Open();
        return TinyAutoencoder.Load(source, backend, ReadConfig(), cancellation);
    }

    TinyAutoencoderConfig ReadConfig()
    {
        string file = Path.Combine(path, ConfigFile.Name);
        return File.Exists(file) ? TinyAutoencoderConfig.Read(ConfigFile.Read(file), file) : TinyAutoencoderConfig.Taesd;
    }

    WeightSource Open()
    {
        string? half = path.EndsWith(Encoder, StringComparison.OrdinalIgnoreCase) ? path[..^Encoder.Length]
            : path.EndsWith(Decoder, StringComparison.OrdinalIgnoreCase) ? path[..^Decoder.Length] : null;
        if (half is null) return CheckpointFile.Open(path);
        foreach (string file in (string[])[half + Encoder, half + Decoder])
            if (!File.Exists(file))
                throw new ConfigException(path, $"is half of a pair; put '{Path.GetFileName(file)}' beside it, from github.com/madebyollin/taesd");
        var encoder = CheckpointFile.Open(half + Encoder);
        try
        {
            return TinyAutoencoder.Join(encoder, CheckpointFile.Open(half + Decoder));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
