namespace PgpSr.Models;

/// <summary>
/// <see cref="PgpConfig"/> as the JSON text of a checkpoint's metadata entry <see cref="MetadataKey"/>. Every setting is written and every setting is
/// checked when read; an unknown one is an error, because it would change the result.
/// </summary>
static class PgpConfigJson
{
    /// <summary>Key in a safetensors file's <c>__metadata__</c>.</summary>
    public const string MetadataKey = "pgpsr.config";

    /// <summary>Version of the format: a reader refuses what it does not know.</summary>
    public const int Format = 1;

    /// <summary>The configuration as one line of JSON.</summary>
    /// <exception cref="ArgumentException">The configuration's parts do not fit one another.</exception>
    public static string Write(PgpConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return ConfigJson.Write(json => Walk(json, config));
    }

    /// <summary>The configuration in a checkpoint's metadata.</summary>
    /// <param name="metadata">The file's <c>__metadata__</c>.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">There is none, or it is not one.</exception>
    public static PgpConfig Read(IReadOnlyDictionary<string, string> metadata, string file)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return metadata.TryGetValue(MetadataKey, out string? text) ? Read(text, file)
            : throw new ConfigException(file, $"its metadata has no {MetadataKey}: not a model of this library");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">A setting is missing, unknown, malformed, or contradicts another.</exception>
    public static PgpConfig Read(string text, string file)
    {
        string where = $"{file} ({MetadataKey})";
        return ConfigJson.Read(ConfigJson.Parse(text, where), where, json =>
        {
            var config = Walk(json, new PgpConfig { Unet = UnetConfigJson.Blank });
            config.Validate();
            return config;
        });
    }

    static PgpConfig Walk(ConfigJson json, PgpConfig config)
    {
        if (json.Integer("format", Format) != Format) throw json.Wrong("format", $"{Format}; the file is newer than this library");
        return config with
        {
            Scale = json.Integer("scale", config.Scale),
            PatchFactor = json.Integer("patch_factor", config.PatchFactor),
            Input = json.Choice("input", config.Input),
            Prediction = json.Choice("prediction", config.Prediction),
            Steps = json.Integer("steps", config.Steps),
            Timestep = json.Integer("timestep", config.Timestep),
            NoisedStart = json.Flag("noised_start", config.NoisedStart),
            Phase = json.Choice("phase", config.Phase),
            GuideChannels = json.Integer("guide_channels", config.GuideChannels, high: UnetConfigJson.MaxChannels),
            // Optional: written where they are not the default, so that files without them stay what they were.
            DamageTimestep = json.Integer("damage_timestep", config.DamageTimestep, absent: 0),
            ResidualDeviation = json.Number("residual_deviation", config.ResidualDeviation, absent: 0),
            StartNoise = json.Number("start_noise", config.StartNoise, absent: 1),
            StartColorNoise = json.Number("start_colour_noise", config.StartColorNoise, absent: 1),
            Unet = json.Object("unet", config.Unet, UnetConfigJson.Settings),
        };
    }
}
