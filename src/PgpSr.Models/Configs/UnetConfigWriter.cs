using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>Writes a UNet's topology as a diffusers <c>config.json</c>, nested depths where layers differ.</summary>
static class UnetConfigWriter
{
    /// <summary>The configuration, indented, ready for a file. <see cref="UnetConfigReader"/> reads an equal topology back.</summary>
    /// <exception cref="ArgumentException">The topology cannot be said in diffusers' terms (levels whose layers have a transformer only in part, or
    /// way up and way down that do not mirror).</exception>
    public static string Write(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        int levels = config.Down.Length;
        Require(config.Up.Length == levels, "as many levels up as down");
        for (int i = 0; i < levels; i++)
        {
            var (down, up) = (config.Down[i], config.Up[levels - 1 - i]);
            Require(up.OnlyCrossAttention == down.OnlyCrossAttention || !Attended(up) || !Attended(down),
                $"the same attention to the text down and up at level {i}");
            Require(up.Channels == down.Channels, $"the same channels down and up at level {i}");
            Require(up.TransformerDepths.Length == down.TransformerDepths.Length + 1, $"one layer more on the way up at level {i}");
            Require(down.Resample == i < levels - 1 && config.Up[i].Resample == i < levels - 1, "a resampler at every level but the last");
        }
        Require(config.HasTime, "a time embedding");
        Require(config.NormGroupChoices.IsEmpty, "one count of groups for all norms");
        foreach (var stage in config.Down.Concat(config.Up))
            Require(stage.TransformerDepths.All(d => d < 0) || stage.TransformerDepths.All(d => d >= 0),
                "transformers at all layers of a level or at none");

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("_class_name", "UNet2DConditionModel");
            json.WriteString("act_fn", "silu");
            if (config.AddedCondition is { } added)
            {
                json.WriteString("addition_embed_type", "text_time");
                json.WriteNumber("addition_time_embed_dim", added.NumberChannels);
                json.WriteNumber("projection_class_embeddings_input_dim", added.PooledChannels + AddedConditionConfig.Numbers * added.NumberChannels);
            }
            Numbers(json, "attention_head_dim", config.Down.Select(s => s.Heads));
            Numbers(json, "block_out_channels", config.Down.Select(s => s.Channels));
            if (config.ContextChannels > 0) json.WriteNumber("cross_attention_dim", config.ContextChannels);
            else json.WriteNull("cross_attention_dim");
            Texts(json, "down_block_types", config.Down.Select(s => Attended(s) ? "CrossAttnDownBlock2D" : "DownBlock2D"));
            json.WriteBoolean("flip_sin_to_cos", true);
            json.WriteNumber("freq_shift", 0);
            json.WriteNumber("in_channels", config.InChannels);
            Numbers(json, "layers_per_block", config.Down.Select(s => s.TransformerDepths.Length));
            if (config.Middle is { } middle)
                json.WriteString("mid_block_type", middle.TransformerDepth < 0 ? "UNetMidBlock2D" : "UNetMidBlock2DCrossAttn");
            else json.WriteNull("mid_block_type");
            json.WriteNumber("norm_eps", config.NormEpsilon);
            json.WriteNumber("norm_num_groups", config.NormGroups);
            if (config.ClassEmbeddings > 0) json.WriteNumber("num_class_embeds", config.ClassEmbeddings);
            if (config.Down.Concat(config.Up).Any(stage => stage.OnlyCrossAttention))
            {
                json.WriteStartArray("only_cross_attention");
                for (int i = 0; i < levels; i++)
                    json.WriteBooleanValue((Attended(config.Down[i]) ? config.Down[i] : config.Up[levels - 1 - i]).OnlyCrossAttention);
                json.WriteEndArray();
            }
            json.WriteNumber("out_channels", config.OutChannels);
            Depths(json, "transformer_layers_per_block", config.Down, MiddleDepth(config));
            Depths(json, "reverse_transformer_layers_per_block", config.Up, null);
            Texts(json, "up_block_types", config.Up.Select(s => Attended(s) ? "CrossAttnUpBlock2D" : "UpBlock2D"));
            json.WriteBoolean("use_linear_projection", true);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    // diffusers gives the bottleneck the first depth of the last level down.
    static int? MiddleDepth(UnetConfig config)
    {
        if (config.Middle is not { TransformerDepth: >= 0 } middle) return null;
        var last = config.Down[^1];
        if (Attended(last))
            Require(last.TransformerDepths[0] == middle.TransformerDepth, "a bottleneck as deep as the last level's first transformer");
        return middle.TransformerDepth;
    }

    static bool Attended(UnetStageConfig stage) => stage.TransformerDepths.Any(d => d >= 0);

    static void Depths(Utf8JsonWriter json, string key, ImmutableArray<UnetStageConfig> stages, int? lastUnattended)
    {
        json.WriteStartArray(key);
        for (int i = 0; i < stages.Length; i++)
        {
            var depths = stages[i].TransformerDepths;
            // Unused, but for the bottleneck.
            if (!Attended(stages[i])) json.WriteNumberValue(i == stages.Length - 1 && lastUnattended is { } middle ? middle : 1);
            else if (depths.All(d => d == depths[0])) json.WriteNumberValue(depths[0]);
            else
            {
                json.WriteStartArray();
                foreach (int depth in depths) json.WriteNumberValue(depth);
                json.WriteEndArray();
            }
        }
        json.WriteEndArray();
    }

    static void Numbers(Utf8JsonWriter json, string key, IEnumerable<int> values)
    {
        json.WriteStartArray(key);
        foreach (int value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    static void Texts(Utf8JsonWriter json, string key, IEnumerable<string> values)
    {
        json.WriteStartArray(key);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    static void Require(bool holds, string what)
    {
        if (!holds) throw new ArgumentException($"diffusers' configuration format can only describe networks with {what}");
    }
}
