using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

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

    static readonly ImmutableArray<string> s_keys = ["format", "unet", "decoder"];
    static readonly ImmutableArray<string> s_decoderKeys = ["channels", "layers_per_block", "norm_groups"];

    /// <summary>The configuration as one line of JSON.</summary>
    /// <exception cref="ArgumentException">The configuration's parts do not fit one another.</exception>
    public static string Write(AdcSrConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteStartObject("unet");
            ExplicitUnetConfig.WriteSettings(json, config.Unet);
            json.WriteEndObject();
            json.WriteStartObject("decoder");
            json.WriteStartArray("channels");
            foreach (int channels in config.Decoder.Channels) json.WriteNumberValue(channels);
            json.WriteEndArray();
            json.WriteNumber("layers_per_block", config.Decoder.LayersPerBlock);
            json.WriteNumber("norm_groups", config.Decoder.NormGroups);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="text">The JSON text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">A setting is missing, unknown, malformed, or contradicts another.</exception>
    public static AdcSrConfig Read(string text, string file)
    {
        ArgumentNullException.ThrowIfNull(text);
        string where = $"{file} ({MetadataKey})";
        try
        {
            using var document = JsonDocument.Parse(text);
            var json = ConfigJson.Strict(document.RootElement, s_keys, where);
            if (json.Integer("format") != Format) throw json.Wrong("format", $"{Format}; the file is newer than this library");
            var config = new AdcSrConfig
            {
                Unet = ExplicitUnetConfig.ReadSettings(json["unet"], where),
                Decoder = Decoder(ConfigJson.Strict(json["decoder"], s_decoderKeys, where)),
            };
            config.Validate();
            return config;
        }
        catch (JsonException e)
        {
            throw new ConfigException(where, $"is not JSON: {e.Message}");
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(where, e.Message);
        }
    }

    static AutoencoderConfig Decoder(ConfigJson json)
    {
        var channels = json.Integers("channels");
        return new AutoencoderConfig
        {
            Channels = channels.All(c => c is > 0 and <= ExplicitUnetConfig.MaxChannels) ? channels
                : throw json.Wrong("channels", $"1 to {ExplicitUnetConfig.MaxChannels} each"),
            LayersPerBlock = json.Bounded("layers_per_block", 1, MaxLayers),
            NormGroups = json.Bounded("norm_groups", 1, ExplicitUnetConfig.MaxChannels),
        };
    }
}
