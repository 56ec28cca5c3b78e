using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>
/// UNet configurations in a form of our own, in which every level and every depth is written out: it can say every topology, which diffusers' cannot.
/// It stands beside a checkpoint as <c>config.json</c>, where <see cref="UnetConfigReader"/> knows it by its <c>format</c>, and as the <c>unet</c> of
/// a
/// <see cref="PgpConfigJson"/>. Every setting is checked when read; an unknown one is an error, because it would change the result.
/// </summary>
static class ExplicitUnetConfig
{
    /// <summary>The value of <c>format</c> by which this form is known.</summary>
    public const string Format = "pgpsr.unet.1";

    // Generous bounds of anything trained so far, so that a hostile file cannot ask for the memory of a thousand layers.
    const int MaxLevels = 8, MaxLayers = 16, MaxDepth = 64;

    internal const int MaxChannels = 1 << 14;

    // Written where they are not the default, so that files without them stay what they were.
    const string ChoicesKey = "norm_group_choices", ClassesKey = "class_embeddings", TimeKey = "has_time", OnlyCrossKey = "only_cross_attention";

    static readonly ImmutableArray<string> s_keys =
        ["format", "in_channels", "out_channels", "norm_groups", "norm_epsilon", "context_channels",
            "number_channels", "pooled_channels", ChoicesKey, ClassesKey, TimeKey, "down", "middle", "up"];

    static readonly ImmutableArray<string> s_stageKeys = ["channels", "heads", "transformer_depths", "resample", OnlyCrossKey];
    static readonly ImmutableArray<string> s_middleKeys = ["channels", "heads", "transformer_depth"];

    /// <summary>Reads a text of this form or of diffusers'.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">It is not JSON; or a setting is missing, malformed, or requests a feature this network type does not
    /// support.</exception>
    public static UnetConfig Parse(string json, string file)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new ConfigException(file, $"not JSON: {e.Message}");
        }
        using (document) return UnetConfigReader.Read(document.RootElement, file);
    }

    /// <summary>A configuration in this form.</summary>
    public static string Write(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            WriteSettings(json, config);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>A file of this form: <see cref="Format"/> must stand in it, and the parts must fit one another.</summary>
    internal static UnetConfig Read(JsonElement config, string file)
    {
        new ConfigJson(config, file).Only("format", Format);
        var result = ReadSettings(config, file);
        try
        {
            result.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(file, e.Message);
        }
        return result;
    }

    /// <summary>The settings alone, not yet checked against one another.</summary>
    internal static UnetConfig ReadSettings(JsonElement config, string file)
    {
        var json = ConfigJson.Strict(config, s_keys, file);
        return new UnetConfig
        {
            InChannels = json.Bounded("in_channels", 1, MaxChannels),
            OutChannels = json.Bounded("out_channels", 1, MaxChannels),
            NormGroups = json.Bounded("norm_groups", 1, MaxChannels),
            NormEpsilon = json["norm_epsilon"].ValueKind == JsonValueKind.Number
                && json.Number("norm_epsilon", 0) is > 0 and < 1 and var epsilon ? epsilon
                : throw json.Wrong("norm_epsilon", "a number between 0 and 1"),
            ContextChannels = json.Has("context_channels") ? json.Bounded("context_channels", 0, MaxChannels) : 0,
            AddedCondition = json.Has("pooled_channels")
                ? new AddedConditionConfig(json.Bounded("number_channels", 1, MaxChannels), json.Bounded("pooled_channels", 1, MaxChannels)) : null,
            NormGroupChoices = json.Has(ChoicesKey) ? json.Integers(ChoicesKey) : [],
            ClassEmbeddings = json.Has(ClassesKey) ? json.Bounded(ClassesKey, 0, 1 << 16) : 0,
            HasTime = json.Flag(TimeKey, true),
            Down = Stages(json, "down", file),
            Middle = json.Has("middle") ? Middle(json["middle"], file) : null,
            Up = Stages(json, "up", file),
        };
    }

    /// <summary>All settings as properties of the object that is being written.</summary>
    internal static void WriteSettings(Utf8JsonWriter json, UnetConfig config)
    {
        json.WriteNumber("in_channels", config.InChannels);
        json.WriteNumber("out_channels", config.OutChannels);
        json.WriteNumber("norm_groups", config.NormGroups);
        json.WriteNumber("norm_epsilon", config.NormEpsilon);
        // Networks without text, the small ones, say nothing of it.
        if (config.ContextChannels > 0) json.WriteNumber("context_channels", config.ContextChannels);
        if (config.AddedCondition is { } added)
        {
            json.WriteNumber("number_channels", added.NumberChannels);
            json.WriteNumber("pooled_channels", added.PooledChannels);
        }
        if (!config.NormGroupChoices.IsEmpty)
        {
            json.WriteStartArray(ChoicesKey);
            foreach (int count in config.NormGroupChoices) json.WriteNumberValue(count);
            json.WriteEndArray();
        }
        if (config.ClassEmbeddings > 0) json.WriteNumber(ClassesKey, config.ClassEmbeddings);
        if (!config.HasTime) json.WriteBoolean(TimeKey, false);
        Stages(json, "down", config.Down);
        if (config.Middle is { } middle)
        {
            json.WriteStartObject("middle");
            json.WriteNumber("channels", middle.Channels);
            json.WriteNumber("heads", middle.Heads);
            json.WritePropertyName("transformer_depth");
            Depth(json, middle.TransformerDepth);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("middle");
        }
        Stages(json, "up", config.Up);
    }

    static void Stages(Utf8JsonWriter json, string key, ImmutableArray<UnetStageConfig> stages)
    {
        json.WriteStartArray(key);
        foreach (var stage in stages)
        {
            json.WriteStartObject();
            json.WriteNumber("channels", stage.Channels);
            json.WriteNumber("heads", stage.Heads);
            json.WriteStartArray("transformer_depths");
            foreach (int depth in stage.TransformerDepths) Depth(json, depth);
            json.WriteEndArray();
            json.WriteBoolean("resample", stage.Resample);
            if (stage.OnlyCrossAttention) json.WriteBoolean(OnlyCrossKey, true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // No transformer is null: 0 is one without blocks.
    static void Depth(Utf8JsonWriter json, int depth)
    {
        if (depth < 0) json.WriteNullValue();
        else json.WriteNumberValue(depth);
    }

    static UnetMiddleConfig Middle(JsonElement element, string file)
    {
        var json = ConfigJson.Strict(element, s_middleKeys, file);
        return new UnetMiddleConfig(json.Bounded("channels", 1, MaxChannels), json.Bounded("heads", 1, MaxChannels),
            json.Has("transformer_depth") ? json.Bounded("transformer_depth", 0, MaxDepth) : UnetStageConfig.NoTransformer);
    }

    static ImmutableArray<UnetStageConfig> Stages(ConfigJson unet, string key, string file)
    {
        if (unet[key].ValueKind != JsonValueKind.Array || unet[key].GetArrayLength() is < 1 or > MaxLevels)
            throw unet.Wrong(key, $"a list of 1 to {MaxLevels} levels");
        return [.. unet[key].EnumerateArray().Select(element => Stage(ConfigJson.Strict(element, s_stageKeys, file)))];
    }

    static UnetStageConfig Stage(ConfigJson json)
    {
        const string key = "transformer_depths";
        if (json[key].ValueKind != JsonValueKind.Array || json[key].GetArrayLength() is < 1 or > MaxLayers)
            throw json.Wrong(key, $"a list of 1 to {MaxLayers} depths, null for no transformer");
        ImmutableArray<int> depths =
            [.. json[key].EnumerateArray()
            .Select(depth => depth.ValueKind == JsonValueKind.Null ? UnetStageConfig.NoTransformer : json.Integer(key, depth))];
        if (depths.Any(depth => depth > MaxDepth)) throw json.Wrong(key, $"depths up to {MaxDepth}");
        return new UnetStageConfig(json.Bounded("channels", 1, MaxChannels), json.Bounded("heads", 1, MaxChannels),
            depths, json.RequiredFlag("resample"))
        { OnlyCrossAttention = json.Flag(OnlyCrossKey, false) };
    }
}
