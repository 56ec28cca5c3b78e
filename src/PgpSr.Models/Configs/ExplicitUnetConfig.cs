using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>
/// UNet configurations in a form of our own, in which every level and every depth is written out: it can say every topology, which diffusers' cannot. It
/// goes into a checkpoint's metadata, or beside it as <c>config.json</c>; <see cref="UnetConfigReader"/> knows it by its <c>format</c>.
/// </summary>
public static class ExplicitUnetConfig
{
    /// <summary>The value of <c>format</c> by which this form is known.</summary>
    public const string Format = "pgpsr.unet.1";

    /// <summary>Reads a text of this form or of diffusers'.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">It is not JSON; or a setting is missing, malformed, or asks for what this form of network has not.</exception>
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

    internal static UnetConfig Read(JsonElement config, string file)
    {
        var json = new ConfigJson(config, file);
        json.Only("format", Format);
        var middle = json.Has("middle") ? new ConfigJson(json["middle"], file) : default(ConfigJson?);
        var result = new UnetConfig
        {
            InChannels = json.Integer("in_channels", 4),
            OutChannels = json.Integer("out_channels", 4),
            Down = Stages(json, "down", file),
            Middle = middle is { } m ? new UnetMiddleConfig(m.Integer("channels"), m.Integer("heads", 1), Depth(m, "depth", m.Has("depth") ? m["depth"] : default)) : null,
            Up = Stages(json, "up", file),
            ContextChannels = json.Integer("context_channels", 0),
            AddedCondition = json.Has("pooled_channels") ? new AddedConditionConfig(json.Integer("number_channels"), json.Integer("pooled_channels")) : null,
            NormGroups = json.Integer("norm_groups", 32),
            NormEpsilon = json.Number("norm_epsilon", 1e-5f),
        };
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

    /// <summary>A configuration in this form.</summary>
    public static string Write(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("in_channels", config.InChannels);
            json.WriteNumber("out_channels", config.OutChannels);
            Stages(json, "down", config.Down);
            if (config.Middle is { } middle)
            {
                json.WriteStartObject("middle");
                json.WriteNumber("channels", middle.Channels);
                json.WriteNumber("heads", middle.Heads);
                json.WritePropertyName("depth");
                Depth(json, middle.TransformerDepth);
                json.WriteEndObject();
            }
            Stages(json, "up", config.Up);
            json.WriteNumber("context_channels", config.ContextChannels);
            if (config.AddedCondition is { } added)
            {
                json.WriteNumber("number_channels", added.NumberChannels);
                json.WriteNumber("pooled_channels", added.PooledChannels);
            }
            json.WriteNumber("norm_groups", config.NormGroups);
            json.WriteNumber("norm_epsilon", config.NormEpsilon);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    static void Stages(Utf8JsonWriter json, string key, ImmutableArray<UnetStageConfig> stages)
    {
        json.WriteStartArray(key);
        foreach (var stage in stages)
        {
            json.WriteStartObject();
            json.WriteNumber("channels", stage.Channels);
            json.WriteNumber("heads", stage.Heads);
            json.WriteStartArray("depths");
            foreach (int depth in stage.TransformerDepths) Depth(json, depth);
            json.WriteEndArray();
            json.WriteBoolean("resample", stage.Resample);
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

    static int Depth(ConfigJson json, string key, JsonElement depth) =>
        depth.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? UnetStageConfig.NoTransformer : json.Integer(key, depth);

    static ImmutableArray<UnetStageConfig> Stages(ConfigJson json, string key, string file) => json[key].ValueKind != JsonValueKind.Array ? throw json.Wrong(key, "a list of levels")
        : [.. json[key].EnumerateArray().Select(element =>
        {
            var stage = new ConfigJson(element, file);
            if (stage["depths"].ValueKind != JsonValueKind.Array) throw stage.Wrong("depths", "a list, one entry a ResNet");
            return new UnetStageConfig(
                stage.Integer("channels"), stage.Integer("heads", 1), [.. stage["depths"].EnumerateArray().Select(depth => Depth(stage, "depths", depth))], stage.Flag("resample", false));
        })];
}
