using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Testing;

/// <summary>AdcSR's golden cases: their configuration in our terms, and their weights, which are generated under the publisher's names.</summary>
static class AdcSrCases
{
    /// <summary>Name of the file that holds the network of <see cref="Publish"/>.</summary>
    public const string NetworkFile = "net_params_200.safetensors";

    /// <summary>Name of the file that holds the decoder of <see cref="Publish"/>.</summary>
    public const string DecoderFile = "halfDecoder.safetensors";

    /// <summary>A small network whose heads are as wide as the publisher's, so that keys tell its topology.</summary>
    public static AdcSrConfig Narrow { get; } = new()
    {
        Unet = AdcSrConfig.Published.Unet with
        {
            OutChannels = 32,
            Down = [new(48, 1, [1], true), new(96, 2, [-1], false)],
            Middle = new(96, 2, 1),
            Up = [new(96, 2, [-1, -1], true), new(48, 1, [1, 1], false)],
        },
        Decoder = new() { Channels = [32, 32, 32, 32] },
    };

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

    /// <summary>Writes generated weights in the publisher's layout: blocks twice, and a decoder with layers that are not used.</summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="config">The topology.</param>
    /// <param name="seed">Of the weights.</param>
    public static void Publish(string folder, AdcSrConfig config, long seed)
    {
        SafetensorsWriter network = new(), decoder = new();
        foreach (var (name, shape) in AdcSrModel.Declare(config))
        {
            string theirs = Published(name);
            bool inNetwork = theirs.StartsWith("module.", StringComparison.Ordinal);
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            byte[] bytes = MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(seed, theirs, axes)).ToArray();
            long[] stored = [.. axes.Select(axis => (long)axis)];
            (inNetwork ? network : decoder).Add(inNetwork ? theirs : "state_dict." + theirs, SafetensorsDType.Float32, stored, bytes);
            const string middle = "unet.mid_block.";
            if (name.StartsWith(middle, StringComparison.Ordinal))
                network.Add("module.body.1.body.4." + name[middle.Length..], SafetensorsDType.Float32, stored, bytes);
        }
        decoder.Add("state_dict.decoder.conv_in.bias", SafetensorsDType.Float32, [1], new byte[4]);
        decoder.Add("epoch", SafetensorsDType.Float32, [1], new byte[4]);
        Directory.CreateDirectory(folder);
        network.Write(Path.Combine(folder, NetworkFile));
        decoder.Write(Path.Combine(folder, DecoderFile));
    }

    static int[] Numbers(JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];
}
