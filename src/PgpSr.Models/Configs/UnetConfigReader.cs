using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>Reads a UNet's <c>config.json</c>: diffusers' (UNet2DConditionModel of SDXL's form), nested depths included, or
/// <see cref="ExplicitUnetConfig"/>'s.</summary>
static class UnetConfigReader
{
    // More than any known: 1000 noise levels or classes.
    const int MaxClasses = 1 << 16;

    /// <summary>The topology that a configuration describes.</summary>
    /// <param name="config">The JSON object.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static UnetConfig Read(JsonElement config, string file = "config.json")
    {
        var json = new ConfigJson(config, file);
        if (json.Has("format")) return ExplicitUnetConfig.Read(config, file);
        json.Only("act_fn", "silu");
        json.Only("resnet_time_scale_shift", "default");
        json.Only("time_embedding_type", "positional");
        if (!json.Flag("flip_sin_to_cos", true)) throw json.Wrong("flip_sin_to_cos", "true");
        if (json.Number("freq_shift", 0) != 0) throw json.Wrong("freq_shift", "0");
        // A class embedding of another kind would change the result, as would the others.
        if (json.Has("class_embed_type")) throw json.Wrong("class_embed_type", "null: a class is embedded by num_class_embeds");
        foreach (string key in (string[])["mid_block_only_cross_attention", "dual_cross_attention", "center_input_sample", "class_embeddings_concat"])
            if (json.Flag(key, false)) throw json.Wrong(key, "false");

        var channels = json.Integers("block_out_channels");
        int levels = channels.Length;
        if (levels is < 1 or > 8) throw json.Wrong("block_out_channels", "1 to 8 levels");
        var downTypes = json.Texts("down_block_types");
        var upTypes = json.Texts("up_block_types");
        var onlyCross = OnlyCross(json, levels);
        if (downTypes.Length != levels) throw json.Wrong("down_block_types", $"{levels} entries, one a level");
        if (upTypes.Length != levels) throw json.Wrong("up_block_types", $"{levels} entries, one a level");

        var layers = json.PerLevel("layers_per_block", levels);
        // In these configurations attention_head_dim holds head counts, unless num_attention_heads says otherwise (a historical naming error of
        // diffusers).
        var heads = json.PerLevel(json.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim", levels);
        var depths = Depths(json, "transformer_layers_per_block", layers);
        var reverseLayers = layers.Reverse().Select(count => count + 1).ToImmutableArray();
        var upDepths = json.Has("reverse_transformer_layers_per_block") ? Depths(json, "reverse_transformer_layers_per_block", reverseLayers)
            : Mirror(json, levels, reverseLayers);

        var result = new UnetConfig
        {
            InChannels = json.Integer("in_channels", 4),
            OutChannels = json.Integer("out_channels", 4),
            Down = [.. Enumerable.Range(0, levels).Select(i => new UnetStageConfig(channels[i], heads[i],
                Attended(json, "down_block_types", downTypes[i], "DownBlock2D", "CrossAttnDownBlock2D") ? depths[i] : None(layers[i]),
                    i < levels - 1) { OnlyCrossAttention = onlyCross[i] })],
            Middle = Middle(json, channels[^1], heads[^1], depths),
            Up = [.. Enumerable.Range(0, levels).Select(i => new UnetStageConfig(channels[levels - 1 - i], heads[levels - 1 - i],
                Attended(json, "up_block_types", upTypes[i], "UpBlock2D", "CrossAttnUpBlock2D") ? upDepths[i] : None(reverseLayers[i]),
                    i < levels - 1) { OnlyCrossAttention = onlyCross[levels - 1 - i] })],
            // Absent is diffusers' default; null is a network without cross-attention.
            ContextChannels = json.Has("cross_attention_dim") ? json.Integer("cross_attention_dim") : json.IsNull("cross_attention_dim") ? 0 : 1280,
            AddedCondition = Added(json),
            ClassEmbeddings = json.Has("num_class_embeds") ? json.Bounded("num_class_embeds", 1, MaxClasses) : 0,
            NormGroups = json.Integer("norm_num_groups", 32),
            NormEpsilon = json.Number("norm_eps", 1e-5f),
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

    // One flag a level down; the way up mirrors them, and the bottleneck has none. diffusers gives a single true to the bottleneck too.
    static ImmutableArray<bool> OnlyCross(ConfigJson json, int levels)
    {
        const string key = "only_cross_attention";
        if (!json.Has(key) || json[key].ValueKind == JsonValueKind.False) return [.. Enumerable.Repeat(false, levels)];
        if (json[key].ValueKind != JsonValueKind.Array || json[key].GetArrayLength() != levels
            || json[key].EnumerateArray().Any(flag => flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False)))
            throw json.Wrong(key, $"false, or {levels} flags, one a level");
        return [.. json[key].EnumerateArray().Select(flag => flag.GetBoolean())];
    }

    static ImmutableArray<int> None(int layers) => [.. Enumerable.Repeat(UnetStageConfig.NoTransformer, layers)];

    static bool Attended(ConfigJson json, string key, string type, string plain, string attended) =>
        type == attended || (type == plain ? false : throw json.Wrong(key, $"{plain} or {attended}"));

    // One number for all levels, or one entry a level, each a number for all its layers or a list with one number a layer.
    static ImmutableArray<ImmutableArray<int>> Depths(ConfigJson json, string key, ImmutableArray<int> layers)
    {
        if (!json.Has(key)) return [.. layers.Select(count => Same(1, count))];
        var value = json[key];
        if (value.ValueKind == JsonValueKind.Number) return [.. layers.Select(count => Same(json.Integer(key), count))];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != layers.Length)
            throw json.Wrong(key, $"{layers.Length} entries, one a level");
        var depths = ImmutableArray.CreateBuilder<ImmutableArray<int>>(layers.Length);
        foreach (var entry in value.EnumerateArray())
        {
            int count = layers[depths.Count];
            if (entry.ValueKind != JsonValueKind.Array)
            {
                depths.Add(Same(json.Integer(key, entry), count));
                continue;
            }
            ImmutableArray<int> list = [.. entry.EnumerateArray().Select(e => json.Integer(key, e))];
            depths.Add(list.Length == count ? list : throw json.Wrong(key, $"{count} depths at level {depths.Count}, one a layer"));
        }
        return depths.MoveToImmutable();
    }

    static ImmutableArray<int> Same(int depth, int count) => [.. Enumerable.Repeat(depth, count)];

    // Without a reversed list the depths of the way down serve the way up too, which they can only where each level has one.
    static ImmutableArray<ImmutableArray<int>> Mirror(ConfigJson json, int levels, ImmutableArray<int> layers)
    {
        const string key = "transformer_layers_per_block";
        if (!json.Has(key) || json[key].ValueKind == JsonValueKind.Number) return Depths(json, key, layers);
        ImmutableArray<JsonElement> entries = [.. json[key].EnumerateArray()];
        if (entries.Any(entry => entry.ValueKind == JsonValueKind.Array))
            throw json.Wrong("reverse_transformer_layers_per_block", "a list, since transformer_layers_per_block is nested");
        return [.. Enumerable.Range(0, levels).Select(i => Same(json.Integer(key, entries[levels - 1 - i]), layers[i]))];
    }

    static UnetMiddleConfig? Middle(ConfigJson json, int channels, int heads, ImmutableArray<ImmutableArray<int>> depths)
    {
        const string attended = "UNetMidBlock2DCrossAttn";
        if (json.IsNull("mid_block_type")) return null; // absent is the default
        return json.Text("mid_block_type", attended) switch
        {
            // diffusers takes the last level's depth, the first entry of it where it is a list.
            attended => new UnetMiddleConfig(channels, heads, depths[^1].IsEmpty ? 1 : depths[^1][0]),
            "UNetMidBlock2D" => new UnetMiddleConfig(channels, heads, UnetStageConfig.NoTransformer),
            _ => throw json.Wrong("mid_block_type", $"{attended}, UNetMidBlock2D or null"),
        };
    }

    static AddedConditionConfig? Added(ConfigJson json)
    {
        if (!json.Has("addition_embed_type")) return null;
        json.Only("addition_embed_type", "text_time");
        int number = json.Integer("addition_time_embed_dim"), total = json.Integer("projection_class_embeddings_input_dim");
        int pooled = total - AddedConditionConfig.Numbers * number;
        return pooled > 0 ? new AddedConditionConfig(number, pooled)
            : throw json.Wrong("projection_class_embeddings_input_dim", $"more than {AddedConditionConfig.Numbers} x {number}");
    }
}
