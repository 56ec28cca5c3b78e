using System.Collections.Immutable;
using System.Text.Json;
using PgpSr.Models;

namespace PgpSr.Testing;

/// <summary>AdcSR's golden cases: their configuration in our terms, and their weights, which are generated under the publisher's names.</summary>
public static class AdcSrCases
{
    /// <summary>The topology of a case.</summary>
    public static AdcSrConfig Config(GoldenCase golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        JsonElement unet = golden.Config.GetProperty("unet"), decoder = golden.Config.GetProperty("decoder");
        int[] channels = Numbers(unet, "block_out_channels"), heads = Numbers(unet, "num_attention_heads");
        int layers = unet.GetProperty("layers_per_block").GetInt32(), levels = channels.Length;
        // Every level but the last has transformers.
        ImmutableArray<int> Depths(int level, int count) => [.. Enumerable.Repeat(level < levels - 1 ? 1 : UnetStageConfig.NoTransformer, count)];
        return new AdcSrConfig
        {
            Unet = new UnetConfig
            {
                InChannels = unet.GetProperty("in_channels").GetInt32(),
                OutChannels = unet.GetProperty("out_channels").GetInt32(),
                Down = [.. Enumerable.Range(0, levels).Select(i => new UnetStageConfig(channels[i], heads[i], Depths(i, layers), i < levels - 1))],
                Middle = new UnetMiddleConfig(channels[^1], heads[^1], 1),
                Up = [.. Enumerable.Range(0, levels).Reverse().Select(i => new UnetStageConfig(channels[i], heads[i], Depths(i, layers + 1), i > 0))],
                HasTime = false,
                NormGroupChoices = [.. Numbers(unet, "norm_groups_candidates")],
                NormEpsilon = unet.GetProperty("norm_eps").GetSingle(),
            },
            Decoder = new AutoencoderConfig
            {
                Channels = [.. Numbers(decoder, "block_out_channels")],
                LayersPerBlock = decoder.GetProperty("layers_per_block").GetInt32(),
                NormGroups = decoder.GetProperty("norm_num_groups").GetInt32(),
            },
        };
    }

    /// <summary>A case's weights under our names.</summary>
    public static WeightSource Source(long seed, AdcSrConfig config) => new RenamedSource(
        new GeneratedSource(seed, [.. AdcSrModel.Declare(config).Select(tensor => tensor with { Name = Published(tensor.Name) })]),
        key => key.StartsWith("decoder.", StringComparison.Ordinal) ? key : AdcSrTopology.TranslateNetwork(key));

    /// <summary>The publisher's name of a tensor: in his network's file, or among the decoder's own.</summary>
    public static string Published(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string unet = "unet.", middle = "decoder.mid_block.";
        return name.StartsWith(unet, StringComparison.Ordinal) ? $"module.body.1.{name[unet.Length..]}"
            : name.StartsWith(middle, StringComparison.Ordinal) ? $"module.body.2.{name[middle.Length..]}" : name;
    }

    static int[] Numbers(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];
}
