using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>
/// UNet configurations as JSON, in two forms, each of them read and written by one walk. Ours writes out every level and every depth: it can say every
/// topology, which diffusers' (UNet2DConditionModel of SDXL's form, nested depths included) cannot. Ours stands beside a checkpoint as
/// <c>config.json</c>, where it is known by its <c>format</c>, and as the <c>unet</c> of a <see cref="PgpConfigJson"/> and an
/// <see cref="AdcSrConfigJson"/>.
/// </summary>
static class UnetConfigJson
{
    /// <summary>The value of <c>format</c> by which our form is known.</summary>
    public const string Format = "pgpsr.unet.1";

    // Generous bounds of anything trained so far, so that a hostile file cannot ask for the memory of a thousand layers.
    const int MaxLevels = 8, MaxLayers = 16, MaxDepth = 64, MaxClasses = 1 << 16;

    internal const int MaxChannels = 1 << 14;

    // What diffusers assumes where a file does not say.
    const int DefaultContext = 1280;

    const string AttendedMiddle = "UNetMidBlock2DCrossAttn", PlainMiddle = "UNetMidBlock2D";
    const string DepthsKey = "transformer_layers_per_block", ReverseKey = "reverse_transformer_layers_per_block";

    internal static UnetConfig Blank { get; } = new() { Down = [], Up = [] };

    /// <summary>Reads a text of either form.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">It is not JSON; or a setting is missing, unknown, malformed, or requests a feature this network type does
    /// not support.</exception>
    public static UnetConfig Parse(string json, string file) => Read(ConfigJson.Parse(json, file), file);

    /// <summary>Reads an object of either form.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="ConfigException">A setting is missing, unknown, malformed, or requests a feature this network type does not
    /// support.</exception>
    public static UnetConfig Read(JsonElement json, string file = "config.json")
    {
        bool ours = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("format", out _);
        return ConfigJson.Read(json, file, settings =>
        {
            var config = ours ? Own(settings, Blank) : Diffusers(settings, Blank);
            config.Validate();
            return config;
        }, ours ? UnknownMembers.Refused : UnknownMembers.RefusedIfSet);
    }

    /// <summary>A configuration in our form.</summary>
    public static string Write(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ConfigJson.Write(json => Own(json, config));
    }

    /// <summary>A configuration in diffusers' form, ready for a file.</summary>
    /// <exception cref="ArgumentException">The topology cannot be said in it: what it says would be read as another.</exception>
    public static string WriteDiffusers(UnetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        try
        {
            string text = ConfigJson.Write(json => Diffusers(json, config), forOthers: true) + "\n";
            if (Parse(text, "written") == config) return text;
        }
        catch (ConfigException)
        {
            // It is refused below, like what is read as another.
        }
        throw new ArgumentException("diffusers' configuration cannot say this topology: it knows levels that mirror one another, transformers at all "
            + "layers of a level or at none, a bottleneck like the last level, a time embedding and one count of groups");
    }

    /// <summary>The settings in our form, not checked against one another.</summary>
    internal static UnetConfig Settings(ConfigJson json, UnetConfig config) => config with
    {
        InChannels = json.Integer("in_channels", config.InChannels, low: 1, high: MaxChannels),
        OutChannels = json.Integer("out_channels", config.OutChannels, low: 1, high: MaxChannels),
        NormGroups = json.Integer("norm_groups", config.NormGroups, low: 1, high: MaxChannels),
        NormEpsilon = json.Number("norm_epsilon", config.NormEpsilon, low: 1e-12f, high: 1),
        // Optional from here: written where they are not the default, so that files without them stay what they were.
        ContextChannels = json.Integer("context_channels", config.ContextChannels, absent: 0, high: MaxChannels),
        AddedCondition = Added(json.IntegerOrNull("number_channels", config.AddedCondition?.NumberChannels, low: 1, high: MaxChannels),
            json.IntegerOrNull("pooled_channels", config.AddedCondition?.PooledChannels, low: 1, high: MaxChannels)),
        NormGroupChoices = json.Integers("norm_group_choices", config.NormGroupChoices, mayBeAbsent: true),
        ClassEmbeddings = json.Integer("class_embeddings", config.ClassEmbeddings, absent: 0, high: MaxClasses),
        HasTime = json.Flag("has_time", config.HasTime, absent: true),
        Down = json.Objects("down", config.Down, s_blankStage, MaxLevels, Stage),
        Middle = json.ObjectOrNull("middle", config.Middle, s_blankMiddle, Middle),
        Up = json.Objects("up", config.Up, s_blankStage, MaxLevels, Stage),
    };

    static readonly UnetStageConfig s_blankStage = new(0, 0, [], false);
    static readonly UnetMiddleConfig s_blankMiddle = new(0, 0, UnetStageConfig.NoTransformer);

    static UnetConfig Own(ConfigJson json, UnetConfig config)
    {
        // Written even though it is the only one.
        if (json.Text("format", Format) != Format) throw json.Wrong("format", $"'{Format}'");
        return Settings(json, config);
    }

    static AddedConditionConfig? Added(int? numbers, int? pooled) => (numbers, pooled) switch
    {
        (null, null) => null,
        ({ } n, { } p) => new AddedConditionConfig(n, p),
        _ => throw new ArgumentException("number_channels and pooled_channels go together"),
    };

    static UnetStageConfig Stage(ConfigJson json, UnetStageConfig stage)
    {
        const string depths = "transformer_depths";
        var result = stage with
        {
            Channels = json.Integer("channels", stage.Channels, low: 1, high: MaxChannels),
            Heads = json.Integer("heads", stage.Heads, low: 1, high: MaxChannels),
            // No transformer is null: 0 is one without blocks.
            TransformerDepths = json.Integers(depths, stage.TransformerDepths, nullIs: UnetStageConfig.NoTransformer),
            Resample = json.Flag("resample", stage.Resample),
            OnlyCrossAttention = json.Flag("only_cross_attention", stage.OnlyCrossAttention, absent: false),
        };
        return result.TransformerDepths.Length is >= 1 and <= MaxLayers && result.TransformerDepths.All(depth => depth <= MaxDepth) ? result
            : throw json.Wrong(depths, $"a list of 1 to {MaxLayers} depths up to {MaxDepth}, null for no transformer");
    }

    static UnetMiddleConfig Middle(ConfigJson json, UnetMiddleConfig middle) => new(
        json.Integer("channels", middle.Channels, low: 1, high: MaxChannels),
        json.Integer("heads", middle.Heads, low: 1, high: MaxChannels),
        json.IntegerOrNull("transformer_depth", middle.TransformerDepth < 0 ? null : middle.TransformerDepth,
            absent: UnetStageConfig.NoTransformer, high: MaxDepth) ?? UnetStageConfig.NoTransformer);

    // While writing, everything is taken from the configuration, and what is returned is not used.
    static UnetConfig Diffusers(ConfigJson json, UnetConfig config)
    {
        json.Text("_class_name", "UNet2DConditionModel");
        json.Only("act_fn", "silu");
        json.Only("resnet_time_scale_shift", "default");
        json.Only("time_embedding_type", "positional");
        json.Only("attention_type", "default");
        json.Only(true, "flip_sin_to_cos");
        json.Only(false, "mid_block_only_cross_attention", "dual_cross_attention", "center_input_sample", "class_embeddings_concat",
            "resnet_skip_time_act");
        json.Only("freq_shift", 0);
        json.Only("downsample_padding", 1);
        json.Only("mid_block_scale_factor", 1);
        json.Only("resnet_out_scale_factor", 1);
        json.Only("conv_in_kernel", 3);
        json.Only("conv_out_kernel", 3);
        // A class is embedded by num_class_embeds alone.
        json.Unset("class_embed_type", "encoder_hid_dim", "encoder_hid_dim_type", "time_cond_proj_dim", "time_embedding_act_fn", "time_embedding_dim",
            "timestep_post_act", "cross_attention_norm");
        json.Flag("use_linear_projection", true, absent: false); // a projection's weights are read in both shapes
        json.Ignore("sample_size", "upcast_attention", "dropout", "addition_embed_type_num_heads");

        var channels = json.Integers("block_out_channels", [.. config.Down.Select(stage => stage.Channels)]);
        int levels = channels.Length;
        if (levels is < 1 or > MaxLevels) throw json.Wrong("block_out_channels", $"1 to {MaxLevels} levels");
        var downAttends = Attends(json, "down_block_types", "DownBlock2D", "CrossAttnDownBlock2D", config.Down, levels);
        var upAttends = Attends(json, "up_block_types", "UpBlock2D", "CrossAttnUpBlock2D", config.Up, levels);
        var onlyCross = OnlyCross(json, config, levels);
        var layers = json.Integers("layers_per_block", [.. config.Down.Select(stage => stage.TransformerDepths.Length)], levels, one: true);
        ImmutableArray<int> upLayers = [.. layers.Reverse().Select(count => count + 1)];
        // In these configurations attention_head_dim holds head counts, unless num_attention_heads says otherwise (a historical naming error of
        // diffusers).
        string headsKey = json.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
        json.Ignore("attention_head_dim");
        var heads = json.Integers(headsKey, [.. config.Down.Select(stage => stage.Heads)], levels, one: true);
        var depths = Depths(json, DepthsKey, config.Down, layers, MiddleDepth(config)) ?? [.. layers.Select(count => Same(1, count))];
        var upDepths = Depths(json, ReverseKey, config.Up, upLayers, 1) ?? Mirror(json, depths, upLayers);
        string? middle = json.Text("mid_block_type",
            config.Middle is null ? null : config.Middle.TransformerDepth < 0 ? PlainMiddle : AttendedMiddle, AttendedMiddle);
        if (middle is not (null or AttendedMiddle or PlainMiddle)) throw json.Wrong("mid_block_type", $"{AttendedMiddle}, {PlainMiddle} or null");

        return new UnetConfig
        {
            InChannels = json.Integer("in_channels", config.InChannels, absent: 4),
            OutChannels = json.Integer("out_channels", config.OutChannels, absent: 4),
            Down = [.. Enumerable.Range(0, levels).Select(i => new UnetStageConfig(channels[i], heads[i],
                downAttends[i] ? depths[i] : Same(UnetStageConfig.NoTransformer, layers[i]), i < levels - 1)
                { OnlyCrossAttention = onlyCross[i] })],
            // diffusers gives the bottleneck the first depth of the last level.
            Middle = middle is null ? null : new UnetMiddleConfig(channels[^1], heads[^1],
                middle == PlainMiddle ? UnetStageConfig.NoTransformer : depths[^1].FirstOrDefault(1)),
            Up = [.. Enumerable.Range(0, levels).Select(i => new UnetStageConfig(channels[levels - 1 - i], heads[levels - 1 - i],
                upAttends[i] ? upDepths[i] : Same(UnetStageConfig.NoTransformer, upLayers[i]), i < levels - 1)
                { OnlyCrossAttention = onlyCross[levels - 1 - i] })],
            // Null is a network without cross-attention.
            ContextChannels =
                json.IntegerOrNull("cross_attention_dim", config.ContextChannels > 0 ? config.ContextChannels : null, DefaultContext) ?? 0,
            AddedCondition = DiffusersAdded(json, config.AddedCondition),
            ClassEmbeddings = json.IntegerOrNull("num_class_embeds", config.ClassEmbeddings > 0 ? config.ClassEmbeddings : null,
                low: 1, high: MaxClasses) ?? 0,
            NormGroups = json.Integer("norm_num_groups", config.NormGroups, absent: 32),
            NormEpsilon = json.Number("norm_eps", config.NormEpsilon, absent: 1e-5f),
        };
    }

    static AddedConditionConfig? DiffusersAdded(ConfigJson json, AddedConditionConfig? added)
    {
        const string size = "projection_class_embeddings_input_dim";
        string? type = json.Text("addition_embed_type", added is null ? null : "text_time");
        if (type is not (null or "text_time")) throw json.Wrong("addition_embed_type", "text_time or null");
        int? number = json.IntegerOrNull("addition_time_embed_dim", added?.NumberChannels);
        int? total = json.IntegerOrNull(size, added?.PooledChannels + AddedConditionConfig.Numbers * added?.NumberChannels);
        if (type is null) return null;
        int numbers = number ?? json.Integer("addition_time_embed_dim");
        int pooled = (total ?? json.Integer(size)) - AddedConditionConfig.Numbers * numbers;
        return pooled > 0 ? new AddedConditionConfig(numbers, pooled) : throw json.Wrong(size, $"more than {AddedConditionConfig.Numbers} x {numbers}");
    }

    static bool Attended(UnetStageConfig stage) => stage.TransformerDepths.Any(depth => depth >= 0);

    static ImmutableArray<bool> Attends(
        ConfigJson json, string key, string plain, string attended, ImmutableArray<UnetStageConfig> stages, int levels)
    {
        var types = json.Texts(key, [.. stages.Select(stage => Attended(stage) ? attended : plain)]);
        return types.Length == levels && types.All(type => type == plain || type == attended) ? [.. types.Select(type => type == attended)]
            : throw json.Wrong(key, $"{levels} times {plain} or {attended}");
    }

    // One flag a level down; the way up mirrors them, and the bottleneck has none. diffusers gives a single true to the bottleneck too.
    static ImmutableArray<bool> OnlyCross(ConfigJson json, UnetConfig config, int levels)
    {
        const string key = "only_cross_attention";
        ImmutableArray<bool> flags = [.. config.Down.Zip(config.Up.Reverse(), (down, up) => (Attended(down) ? down : up).OnlyCrossAttention)];
        return json.Any(key, flags, (writer, values) =>
        {
            if (!values.Contains(true))
            {
                writer.WriteBooleanValue(false);
                return;
            }
            writer.WriteStartArray();
            foreach (bool value in values) writer.WriteBooleanValue(value);
            writer.WriteEndArray();
        }, found => found switch
        {
            null or { ValueKind: JsonValueKind.False } => [.. Enumerable.Repeat(false, levels)],
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == levels
                && list.EnumerateArray().All(flag => flag.ValueKind is JsonValueKind.True or JsonValueKind.False) =>
                [.. list.EnumerateArray().Select(flag => flag.GetBoolean())],
            _ => throw json.Wrong(key, $"false, or {levels} flags, one a level"),
        });
    }

    // One number for all levels, or one entry a level, each a number for all its layers or a list with one number a layer. Null: absent.
    static ImmutableArray<ImmutableArray<int>>? Depths(
        ConfigJson json, string key, ImmutableArray<UnetStageConfig> stages, ImmutableArray<int> layers, int unattended)
    {
        ImmutableArray<ImmutableArray<int>> said = [.. stages.Select((stage, i) =>
            Attended(stage) ? stage.TransformerDepths : Same(i == stages.Length - 1 ? unattended : 1, stage.TransformerDepths.Length))];
        return json.Any<ImmutableArray<ImmutableArray<int>>?>(key, said, (writer, _) =>
        {
            writer.WriteStartArray();
            foreach (var level in said)
            {
                bool same = level.All(depth => depth == level[0]);
                if (!same) writer.WriteStartArray();
                foreach (int depth in same ? level.Take(1) : level) writer.WriteNumberValue(depth);
                if (!same) writer.WriteEndArray();
            }
            writer.WriteEndArray();
        }, found => found switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } number => [.. layers.Select(count => Same(json.Integer(key, number), count))],
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == layers.Length =>
                [.. list.EnumerateArray().Zip(layers, (entry, count) => Level(json, key, entry, count))],
            _ => throw json.Wrong(key, $"{layers.Length} entries, one a level"),
        });
    }

    static ImmutableArray<int> Level(ConfigJson json, string key, JsonElement entry, int layers)
    {
        if (entry.ValueKind != JsonValueKind.Array) return Same(json.Integer(key, entry), layers);
        ImmutableArray<int> depths = [.. entry.EnumerateArray().Select(depth => json.Integer(key, depth))];
        return depths.Length == layers ? depths : throw json.Wrong(key, $"{layers} depths at a level, one a layer");
    }

    // Where the last level has no transformer, its depth is unused but for the bottleneck.
    static int MiddleDepth(UnetConfig config) => config.Middle is { TransformerDepth: >= 0 } middle ? middle.TransformerDepth : 1;

    // Without a reversed list the depths of the way down serve the way up too, which they can only where each level has one.
    static ImmutableArray<ImmutableArray<int>> Mirror(ConfigJson json, ImmutableArray<ImmutableArray<int>> depths, ImmutableArray<int> upLayers)
    {
        if (json.Has(DepthsKey) && json.Value(DepthsKey) is { ValueKind: JsonValueKind.Array } said
            && said.EnumerateArray().Any(entry => entry.ValueKind == JsonValueKind.Array))
            throw json.Wrong(ReverseKey, $"a list, since {DepthsKey} is nested");
        return [.. depths.Reverse().Zip(upLayers, (level, count) => Same(level.FirstOrDefault(1), count))];
    }

    static ImmutableArray<int> Same(int depth, int count) => [.. Enumerable.Repeat(depth, count)];
}
