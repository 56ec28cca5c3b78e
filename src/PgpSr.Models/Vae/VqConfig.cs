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
    public static VqConfig Read(JsonElement config, string file = "config.json") => ConfigJson.Read(config, file, json =>
    {
        var form = AutoencoderConfig.Walk(json, AutoencoderConfig.Sdxl);
        json.Only("norm_type", "group");
        json.Only(false, "lookup_from_codebook");
        int codes = json.Integer("num_vq_embeddings", low: 1, high: MaxCodes);
        return new VqConfig(form, codes, json.IntegerOrNull("vq_embed_dim", low: 1, high: MaxCodeChannels) ?? form.LatentChannels);
    }, UnknownMembers.RefusedIfSet);
}
