using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>
/// <see cref="PgpConfig"/> as the JSON text of a checkpoint's metadata entry <see cref="MetadataKey"/>. Every setting is written and every setting is checked
/// when read; an unknown one is an error, because it would change the result.
/// </summary>
public static class PgpConfigJson
{
    /// <summary>Key in a safetensors file's <c>__metadata__</c>.</summary>
    public const string MetadataKey = "pgpsr.config";

    /// <summary>Version of the format: a reader refuses what it does not know.</summary>
    public const int Format = 1;

    // Generous bounds of anything trained so far, so that a hostile file cannot ask for the memory of a thousand layers.
    const int MaxLevels = 8, MaxLayers = 16, MaxDepth = 64, MaxChannels = 1 << 14;

    static readonly ImmutableArray<string> s_keys =
        ["format", "scale", "patch_factor", "input", "prediction", "steps", "timestep", "noised_start", "phase", "guide_channels", "unet"];

    static readonly ImmutableArray<string> s_unetKeys = ["in_channels", "out_channels", "norm_groups", "norm_epsilon", "down", "middle", "up"];
    static readonly ImmutableArray<string> s_stageKeys = ["channels", "heads", "transformer_depths", "resample"];
    static readonly ImmutableArray<string> s_middleKeys = ["channels", "heads", "transformer_depth"];

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
            json.WriteStartObject("unet");
            json.WriteNumber("in_channels", config.Unet.InChannels);
            json.WriteNumber("out_channels", config.Unet.OutChannels);
            json.WriteNumber("norm_groups", config.Unet.NormGroups);
            json.WriteNumber("norm_epsilon", config.Unet.NormEpsilon);
            WriteStages(json, "down", config.Unet.Down);
            if (config.Unet.Middle is { } middle)
            {
                json.WriteStartObject("middle");
                json.WriteNumber("channels", middle.Channels);
                json.WriteNumber("heads", middle.Heads);
                WriteDepth(json, "transformer_depth", middle.TransformerDepth);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("middle");
            }
            WriteStages(json, "up", config.Unet.Up);
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
            : throw new ConfigException(file, $"its metadata holds no {MetadataKey}: not a model of this library");
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
        var json = Object(root, s_keys, file);
        if (json.Integer("format") != Format) throw json.Wrong("format", $"{Format}; the file is newer than this library");
        var unet = Object(json["unet"], s_unetKeys, file);
        return new PgpConfig
        {
            Scale = json.Integer("scale"),
            PatchFactor = json.Integer("patch_factor"),
            Input = Choice<PgpInput>(json, "input"),
            Prediction = Choice<PgpPrediction>(json, "prediction"),
            Steps = json.Integer("steps"),
            Timestep = json.Integer("timestep"),
            NoisedStart = RequiredFlag(json, "noised_start"),
            Phase = Choice<PhasePlacement>(json, "phase"),
            GuideChannels = Bounded(json, "guide_channels", 0, MaxChannels),
            Unet = new UnetConfig
            {
                InChannels = Bounded(unet, "in_channels", 1, MaxChannels),
                OutChannels = Bounded(unet, "out_channels", 1, MaxChannels),
                NormGroups = Bounded(unet, "norm_groups", 1, MaxChannels),
                NormEpsilon = unet["norm_epsilon"].ValueKind == JsonValueKind.Number && unet.Number("norm_epsilon", 0) is > 0 and < 1 and var epsilon ? epsilon
                    : throw unet.Wrong("norm_epsilon", "a number between 0 and 1"),
                Down = Stages(unet, "down", file),
                Middle = unet.Has("middle") ? Middle(unet["middle"], file) : null,
                Up = Stages(unet, "up", file),
            },
        };
    }

    static UnetMiddleConfig Middle(JsonElement element, string file)
    {
        var json = Object(element, s_middleKeys, file);
        return new UnetMiddleConfig(Bounded(json, "channels", 1, MaxChannels), Bounded(json, "heads", 1, MaxChannels),
            json.Has("transformer_depth") ? Bounded(json, "transformer_depth", 0, MaxDepth) : UnetStageConfig.NoTransformer);
    }

    static ImmutableArray<UnetStageConfig> Stages(ConfigJson unet, string key, string file)
    {
        if (unet[key].ValueKind != JsonValueKind.Array || unet[key].GetArrayLength() is < 1 or > MaxLevels) throw unet.Wrong(key, $"a list of 1 to {MaxLevels} levels");
        return [.. unet[key].EnumerateArray().Select(element => Stage(Object(element, s_stageKeys, file)))];
    }

    static UnetStageConfig Stage(ConfigJson json)
    {
        const string key = "transformer_depths";
        if (json[key].ValueKind != JsonValueKind.Array || json[key].GetArrayLength() is < 1 or > MaxLayers) throw json.Wrong(key, $"a list of 1 to {MaxLayers} depths, null for no transformer");
        ImmutableArray<int> depths = [.. json[key].EnumerateArray().Select(depth => depth.ValueKind == JsonValueKind.Null ? UnetStageConfig.NoTransformer : json.Integer(key, depth))];
        if (depths.Any(depth => depth > MaxDepth)) throw json.Wrong(key, $"depths up to {MaxDepth}");
        return new UnetStageConfig(Bounded(json, "channels", 1, MaxChannels), Bounded(json, "heads", 1, MaxChannels), depths, RequiredFlag(json, "resample"));
    }

    static ConfigJson Object(JsonElement element, ImmutableArray<string> keys, string file)
    {
        var json = new ConfigJson(element, $"{file} ({MetadataKey})");
        foreach (var property in element.EnumerateObject())
            if (!keys.Contains(property.Name)) throw new ConfigException(file, $"{MetadataKey}: unknown setting {property.Name}; known are {string.Join(", ", keys)}");
        return json;
    }

    static int Bounded(ConfigJson json, string key, int least, int most) =>
        json.Integer(key) is var value && value >= least && value <= most ? value : throw json.Wrong(key, $"{least} to {most}");

    static bool RequiredFlag(ConfigJson json, string key) =>
        json[key].ValueKind is JsonValueKind.True or JsonValueKind.False ? json[key].GetBoolean() : throw json.Wrong(key, "true or false");

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

    static void WriteStages(Utf8JsonWriter json, string key, ImmutableArray<UnetStageConfig> stages)
    {
        json.WriteStartArray(key);
        foreach (var stage in stages)
        {
            json.WriteStartObject();
            json.WriteNumber("channels", stage.Channels);
            json.WriteNumber("heads", stage.Heads);
            json.WriteStartArray("transformer_depths");
            foreach (int depth in stage.TransformerDepths)
            {
                if (depth < 0) json.WriteNullValue();
                else json.WriteNumberValue(depth);
            }
            json.WriteEndArray();
            json.WriteBoolean("resample", stage.Resample);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteDepth(Utf8JsonWriter json, string key, int depth)
    {
        if (depth < 0) json.WriteNull(key);
        else json.WriteNumber(key, depth);
    }
}
