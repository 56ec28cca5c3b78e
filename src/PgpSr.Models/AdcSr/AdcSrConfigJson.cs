namespace PgpSr.Models;

/// <summary>
/// <see cref="AdcSrConfig"/> as the JSON text of a checkpoint's metadata entry <see cref="MetadataKey"/>. Every setting is checked when read; an unknown
/// one is an error, because it would change the result.
/// </summary>
static class AdcSrConfigJson
{
    /// <summary>Key in a safetensors file's <c>__metadata__</c>.</summary>
    public const string MetadataKey = "pgpsr.adcsr";

    /// <summary>Version of the format: a reader refuses what it does not know.</summary>
    public const int Format = 1;

    const int MaxLayers = 16;

    /// <summary>The configuration as one line of JSON.</summary>
    /// <exception cref="ArgumentException">The configuration's parts do not fit one another.</exception>
    public static string Write(AdcSrConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return ConfigJson.Write(json => Walk(json, config));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">A setting is missing, unknown, malformed, or contradicts another.</exception>
    public static AdcSrConfig Read(string text, string file)
    {
        string where = $"{file} ({MetadataKey})";
        return ConfigJson.Read(ConfigJson.Parse(text, where), where, json =>
        {
            var config = Walk(json, new AdcSrConfig { Unet = UnetConfigJson.Blank, Decoder = new AutoencoderConfig { Channels = [] } });
            config.Validate();
            return config;
        });
    }

    static AdcSrConfig Walk(ConfigJson json, AdcSrConfig config)
    {
        if (json.Integer("format", Format) != Format) throw json.Wrong("format", $"{Format}; the file is newer than this library");
        return config with
        {
            Unet = json.Object("unet", config.Unet, UnetConfigJson.Settings),
            Decoder = json.Object("decoder", config.Decoder, Decoder),
        };
    }

    static AutoencoderConfig Decoder(ConfigJson json, AutoencoderConfig decoder)
    {
        const string key = "channels";
        var channels = json.Integers(key, decoder.Channels);
        return decoder with
        {
            Channels = channels.All(c => c is > 0 and <= UnetConfigJson.MaxChannels) ? channels
                : throw json.Wrong(key, $"1 to {UnetConfigJson.MaxChannels} each"),
            LayersPerBlock = json.Integer("layers_per_block", decoder.LayersPerBlock, low: 1, high: MaxLayers),
            NormGroups = json.Integer("norm_groups", decoder.NormGroups, low: 1, high: UnetConfigJson.MaxChannels),
        };
    }
}
