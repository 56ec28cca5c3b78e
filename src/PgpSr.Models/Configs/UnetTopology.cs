using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>
/// The topology of a UNet as its checkpoint's keys show it. Keys do not tell head counts, groups and epsilons: those are SDXL's unless a
/// configuration says otherwise.
/// </summary>
static class UnetTopology
{
    const int SdxlHeadChannels = 64;
    const int SdxlNormGroups = 32;
    const int SdxlNumberChannels = 256;

    /// <summary>Reads the topology off the keys.</summary>
    /// <exception cref="ConfigException">The source holds no UNet of this form.</exception>
    public static UnetConfig Derive(WeightSource source) => Derive(source, SdxlNormGroups, [], SdxlHeadChannels);

    /// <summary>The same for a network whose norms choose their groups (<see cref="UnetConfig.NormGroupChoices"/>), and whose heads have another
    /// width.</summary>
    internal static UnetConfig Derive(WeightSource source, ImmutableArray<int> normGroupChoices, int headChannels) =>
        Derive(source, SdxlNormGroups, normGroupChoices, headChannels);

    static UnetConfig Derive(WeightSource source, int normGroups, ImmutableArray<int> normGroupChoices, int headChannels)
    {
        ArgumentNullException.ThrowIfNull(source);
        var stem = Axes(source, "conv_in.weight")
            ?? throw new ConfigException(source.Name, "has no conv_in.weight: not a UNet with diffusers' key names");
        var head = Axes(source, "conv_out.weight")
            ?? throw new ConfigException(source.Name, "has no conv_out.weight: not a UNet with diffusers' key names");
        int context = 0;
        var config = new UnetConfig
        {
            NormGroups = normGroups,
            InChannels = stem[1],
            OutChannels = head[0],
            Down = Stages(source, "down_blocks", "downsamplers", headChannels, ref context),
            Middle = Middle(source, headChannels, ref context),
            Up = Stages(source, "up_blocks", "upsamplers", headChannels, ref context),
            AddedCondition = Axes(source, "add_embedding.linear_1.weight") is { } added
                && added[1] > AddedConditionConfig.Numbers * SdxlNumberChannels
                ? new AddedConditionConfig(SdxlNumberChannels, added[1] - AddedConditionConfig.Numbers * SdxlNumberChannels) : null,
            ClassEmbeddings = Axes(source, "class_embedding.weight")?[0] ?? 0,
            // Either will do, so that a checkpoint that lacks one of them is told so.
            HasTime = Axes(source, "time_embedding.linear_1.weight") is not null
                || Axes(source, "down_blocks.0.resnets.0.time_emb_proj.weight") is not null,
            NormGroupChoices = normGroupChoices,
        };
        config = config with { ContextChannels = context };
        try
        {
            config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ConfigException(source.Name, $"the keys describe no UNet: {e.Message}");
        }
        return config;
    }

    /// <summary>Compares a configuration with the keys of the checkpoint it came with.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="file">Where it was read.</param>
    /// <param name="source">The checkpoint.</param>
    /// <exception cref="ConfigException">They differ; the message says where and what each of them holds.</exception>
    public static void Check(UnetConfig config, string file, WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(source);
        var keys = Derive(source, config.NormGroups, config.NormGroupChoices, SdxlHeadChannels);
        Same("in_channels", config.InChannels, keys.InChannels);
        Same("out_channels", config.OutChannels, keys.OutChannels);
        Same("num_class_embeds", config.ClassEmbeddings, keys.ClassEmbeddings);
        Same("time embedding", config.HasTime, keys.HasTime);
        Stages("down_blocks", config.Down, keys.Down);
        Same("mid_block", Describe(config.Middle), Describe(keys.Middle));
        Stages("up_blocks", config.Up, keys.Up);
        if (config.Down.Concat(config.Up).Any(s => s.TransformerDepths.Any(d => d > 0)) || config.Middle?.TransformerDepth > 0)
            Same("cross_attention_dim", config.ContextChannels, keys.ContextChannels);

        void Stages(string name, ImmutableArray<UnetStageConfig> said, ImmutableArray<UnetStageConfig> held)
        {
            Same($"levels of {name}", said.Length, held.Length);
            for (int i = 0; i < said.Length; i++) Same($"{name}.{i}", Describe(said[i]), Describe(held[i]));
        }

        void Same<T>(string what, T said, T held)
        {
            if (!EqualityComparer<T>.Default.Equals(said, held))
                throw new ConfigException(file, $"{what}: {said} in the configuration, {held} in the keys of {source.Name}");
        }
    }

    static string Describe(UnetStageConfig stage) =>
        $"{stage.Channels} channels, transformer depths [{string.Join(", ", stage.TransformerDepths.Select(d => d < 0 ? "none" : $"{d}"))}]"
        + (stage.Resample ? ", resampler" : "");

    static string Describe(UnetMiddleConfig? middle) => middle is null ? "nothing"
        : $"{middle.Channels} channels, transformer depth {(middle.TransformerDepth < 0 ? "none" : $"{middle.TransformerDepth}")}";

    static ImmutableArray<UnetStageConfig> Stages(WeightSource source, string name, string resampler, int headChannels, ref int context)
    {
        var stages = ImmutableArray.CreateBuilder<UnetStageConfig>();
        while (Axes(source, $"{name}.{stages.Count}.resnets.0.conv1.weight") is { } first)
        {
            string path = $"{name}.{stages.Count}";
            var depths = ImmutableArray.CreateBuilder<int>();
            while (Axes(source, $"{path}.resnets.{depths.Count}.conv1.weight") is not null)
                depths.Add(Depth(source, $"{path}.attentions.{depths.Count}", ref context));
            stages.Add(new UnetStageConfig(first[0], Math.Max(1, first[0] / headChannels), depths.ToImmutable(),
                Axes(source, $"{path}.{resampler}.0.conv.weight") is not null)
            { OnlyCrossAttention = SeesTextAlone(source, $"{path}.attentions.0") });
        }
        return stages.ToImmutable();
    }

    // Told by widths that differ; where text and features are equally wide, keys do not show it.
    static bool SeesTextAlone(WeightSource source, string path) =>
        Axes(source, $"{path}.transformer_blocks.0.attn1.to_k.weight") is { } keys && keys[0] != keys[1];

    static UnetMiddleConfig? Middle(WeightSource source, int headChannels, ref int context) => Axes(source, "mid_block.resnets.0.conv1.weight") is { } first
        ? new UnetMiddleConfig(first[0], Math.Max(1, first[0] / headChannels), Depth(source, "mid_block.attentions.0", ref context)) : null;

    static int Depth(WeightSource source, string path, ref int context)
    {
        if (Axes(source, $"{path}.proj_in.weight") is null) return UnetStageConfig.NoTransformer;
        int depth = 0;
        while (Axes(source, $"{path}.transformer_blocks.{depth}.norm1.weight") is not null)
        {
            if (context == 0 && Axes(source, $"{path}.transformer_blocks.{depth}.attn2.to_k.weight") is { } k) context = k[1];
            depth++;
        }
        return depth;
    }

    static int[]? Axes(WeightSource source, string key)
    {
        if (!source.TryDescribe(key, out var found)) return null;
        var axes = new int[Math.Max(4, found.Shape.Rank)];
        found.Shape.CopyTo(axes);
        return axes;
    }
}
