using System.Text.Json;

namespace PgpSr.Models;

/// <summary>The topology of a <see cref="VqAutoencoder"/>.</summary>
/// <param name="Form">Its convolutional halves, as an autoencoder's of Stable Diffusion; the scaling factor is not used.</param>
/// <param name="Codes">Rows of the codebook.</param>
/// <param name="CodeChannels">Channels of a row.</param>
sealed record VqConfig(AutoencoderConfig Form, int Codes, int CodeChannels)
{
    const int MaxCodes = 1 << 20, MaxCodeChannels = 1 << 12;

    /// <summary>LDM-SR's, ResShift's and SinSR's: 55,322,782 parameters.</summary>
    public static VqConfig Published { get; } = new(new AutoencoderConfig { Channels = [128, 256, 512], LatentChannels = 3 }, 8192, 3);

    /// <summary>Reads diffusers' configuration of a VQModel.</summary>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static VqConfig Read(JsonElement config, string file = "config.json")
    {
        var form = AutoencoderConfig.Read(config, file);
        var json = new ConfigJson(config, file);
        json.Only("norm_type", "group");
        if (json.Flag("lookup_from_codebook", false)) throw json.Wrong("lookup_from_codebook", "false");
        int codes = json.Bounded("num_vq_embeddings", 1, MaxCodes);
        return new(form, codes, json.Has("vq_embed_dim") ? json.Bounded("vq_embed_dim", 1, MaxCodeChannels) : form.LatentChannels);
    }
}
