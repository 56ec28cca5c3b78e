using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

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

    // Optional: written where they are not the default, so that files without them stay what they were.
    const string ResidualKey = "residual_deviation", NoiseKey = "start_noise",
        ColorNoiseKey = "start_colour_noise", DamageKey = "damage_timestep";

    static readonly ImmutableArray<string> s_keys =
        ["format", "scale", "patch_factor", "input", "prediction", "steps", "timestep", "noised_start", "phase", "guide_channels", "unet",
            ResidualKey, NoiseKey, ColorNoiseKey, DamageKey];

    /// <summary>The configuration as one line of JSON.</summary>
    /// <exception cref="ArgumentException">The configuration's parts do not fit one another.</exception>
    public static string Write(PgpConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteNumber("scale", config.Scale);
            json.WriteNumber("patch_factor", config.PatchFactor);
            json.WriteString("input", Name(config.Input));
            json.WriteString("prediction", Name(config.Prediction));
            json.WriteNumber("steps", config.Steps);
            json.WriteNumber("timestep", config.Timestep);
            json.WriteBoolean("noised_start", config.NoisedStart);
            json.WriteString("phase", Name(config.Phase));
            json.WriteNumber("guide_channels", config.GuideChannels);
            if (config.DamageTimestep > 0) json.WriteNumber(DamageKey, config.DamageTimestep);
            if (config.ResidualDeviation > 0) json.WriteNumber(ResidualKey, config.ResidualDeviation);
            if (config.StartNoise != 1) json.WriteNumber(NoiseKey, config.StartNoise);
            if (config.StartColorNoise != 1) json.WriteNumber(ColorNoiseKey, config.StartColorNoise);
            json.WriteStartObject("unet");
            ExplicitUnetConfig.WriteSettings(json, config.Unet);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
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
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var document = JsonDocument.Parse(text);
            var config = Read(document.RootElement, file);
            config.Validate();
            return config;
        }
        catch (JsonException e)
        {
            throw new ConfigException(file, $"{MetadataKey} is not JSON: {e.Message}");
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(file, $"{MetadataKey}: {e.Message}");
        }
    }

    static PgpConfig Read(JsonElement root, string file)
    {
        string where = $"{file} ({MetadataKey})";
        var json = ConfigJson.Strict(root, s_keys, where);
        if (json.Integer("format") != Format) throw json.Wrong("format", $"{Format}; the file is newer than this library");
        return new PgpConfig
        {
            Scale = json.Integer("scale"),
            PatchFactor = json.Integer("patch_factor"),
            Input = Choice<PgpInput>(json, "input"),
            Prediction = Choice<PgpPrediction>(json, "prediction"),
            Steps = json.Integer("steps"),
            Timestep = json.Integer("timestep"),
            DamageTimestep = json.Integer(DamageKey, 0),
            NoisedStart = json.RequiredFlag("noised_start"),
            Phase = Choice<PhasePlacement>(json, "phase"),
            GuideChannels = json.Bounded("guide_channels", 0, ExplicitUnetConfig.MaxChannels),
            ResidualDeviation = json.Number(ResidualKey, 0),
            StartNoise = json.Number(NoiseKey, 1),
            StartColorNoise = json.Number(ColorNoiseKey, 1),
            Unet = ExplicitUnetConfig.ReadSettings(json["unet"], where),
        };
    }

    static T Choice<T>(ConfigJson json, string key)
        where T : struct, Enum
    {
        if (json[key].ValueKind == JsonValueKind.String)
            foreach (var value in Enum.GetValues<T>())
                if (json[key].GetString() == Name(value)) return value;
        throw json.Wrong(key, string.Join(", ", Enum.GetValues<T>().Select(Name)));
    }

    // LatentAndDegraded is latent_and_degraded.
    static string Name<T>(T value)
        where T : struct, Enum
    {
        var name = new StringBuilder();
        foreach (char c in value.ToString())
        {
            if (char.IsUpper(c) && name.Length > 0) name.Append('_');
            name.Append(char.ToLowerInvariant(c));
        }
        return name.ToString();
    }
}
