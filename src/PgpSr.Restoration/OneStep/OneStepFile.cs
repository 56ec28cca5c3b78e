using System.Text;
using System.Text.Json;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Restoration;

/// <summary>
/// A one-step restorer in one safetensors file, adapters merged: <c>unet.*</c>, <c>vae.*</c>, the prompt's states, and in its metadata the recipe and
/// both topologies.
/// </summary>
/// <param name="Recipe">How it is run.</param>
/// <param name="Unet">The UNet's topology.</param>
/// <param name="Vae">The autoencoder's topology.</param>
sealed record OneStepFile(OneStepRecipe Recipe, UnetConfig Unet, AutoencoderConfig Vae)
{
    /// <summary>Metadata keys.</summary>
    public const string RecipeKey = "pgpsr.one_step", UnetKey = "pgpsr.one_step.unet", VaeKey = "pgpsr.one_step.vae";

    /// <summary>Name of the prompt's states [1, tokens, channels]; what stands before the networks' keys.</summary>
    public const string PromptTensor = "prompt.context", UnetPrefix = "unet.", VaePrefix = "vae.";

    /// <summary>Reads what a file says of itself; null for a file of another form.</summary>
    /// <exception cref="ConfigException">The metadata is malformed.</exception>
    public static OneStepFile? Read(string path)
    {
        if (!path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) return null;
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(RecipeKey, out string? recipe)) return null;
        if (!file.Metadata.TryGetValue(UnetKey, out string? unet) || !file.Metadata.TryGetValue(VaeKey, out string? vae))
            throw new ConfigException(path, $"its metadata has '{RecipeKey}' without '{UnetKey}' and '{VaeKey}'");
        return new(OneStepRecipeJson.Read(ConfigFile.Parse(recipe, path), path).Recipe ?? throw new ConfigException(path, $"'{RecipeKey}' names no recipe"),
            ExplicitUnetConfig.Parse(unet, path), AutoencoderConfig.Read(ConfigFile.Parse(vae, path), path));
    }

    /// <summary>The prompt's states in a file, or null.</summary>
    public static PromptEmbeddings? ReadPrompt(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.TryGet(PromptTensor, out var states)) return null;
        if (states.Shape.Length != 3 || states.Shape.Any(axis => axis is < 1 or > int.MaxValue))
            throw new ConfigException(path, $"'{PromptTensor}' is {states}; expected [1, tokens, channels]");
        return new PromptEmbeddings(
            file.ReadSingles(states), new Tensors.Shape((int)states.Shape[0], (int)states.Shape[1], (int)states.Shape[2]), default);
    }

    /// <summary>An autoencoder's topology in diffusers' words.</summary>
    public static string Write(AutoencoderConfig vae)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("block_out_channels");
            foreach (int channels in vae.Channels) json.WriteNumberValue(channels);
            json.WriteEndArray();
            json.WriteNumber("layers_per_block", vae.LayersPerBlock);
            json.WriteNumber("in_channels", vae.ImageChannels);
            json.WriteNumber("latent_channels", vae.LatentChannels);
            json.WriteNumber("norm_num_groups", vae.NormGroups);
            json.WriteNumber("scaling_factor", vae.ScalingFactor);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
