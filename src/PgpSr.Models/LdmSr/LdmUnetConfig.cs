using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>The topology of a <see cref="LdmUnet"/>.</summary>
sealed record LdmUnetConfig
{
    const int MaxLevels = 8, MaxLayers = 64;

    /// <summary>Channels in: the latent's and the picture's.</summary>
    public int InChannels { get; init; } = 6;

    /// <summary>Channels out: the latent's.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of each level, full resolution first.</summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>Whether a level has an attention block after each ResNet; one flag a level. The bottleneck always has one.</summary>
    public required ImmutableArray<bool> Attends { get; init; }

    /// <summary>ResNets of a level on the way down; one more on the way up.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Channels of an attention head.</summary>
    public int HeadChannels { get; init; } = 32;

    /// <summary>Groups of all group norms.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Under the variances of all group norms.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>LDM-SR's: 113,622,563 parameters.</summary>
    public static LdmUnetConfig Published { get; } = new() { Channels = [160, 320, 320, 640], Attends = [false, false, false, true] };

    /// <summary>Reads diffusers' configuration of a UNet2DModel.</summary>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static LdmUnetConfig Read(JsonElement config, string file = "config.json") =>
        ConfigJson.Read(config, file, Read, UnknownMembers.RefusedIfSet);

    static LdmUnetConfig Read(ConfigJson json)
    {
        json.Only("act_fn", "silu");
        json.Only("time_embedding_type", "positional");
        json.Only("resnet_time_scale_shift", "default");
        json.Only("mid_block_type", "UNetMidBlock2D");
        json.Only("downsample_type", "conv");
        json.Only("upsample_type", "conv");
        json.Only(true, "flip_sin_to_cos", "add_attention");
        json.Only(false, "center_input_sample");
        json.Only("freq_shift", 0);
        json.Only("mid_block_scale_factor", 1);
        json.Only("downsample_padding", 1);
        json.Unset("class_embed_type", "num_class_embeds", "attn_norm_num_groups", "dropout_probability");
        json.Ignore("sample_size", "dropout", "num_train_timesteps");
        var channels = json.Integers("block_out_channels");
        int levels = channels.Length, groups = json.Integer("norm_num_groups", absent: 32), head = json.Integer("attention_head_dim", absent: 8);
        if (levels is < 1 or > MaxLevels) throw json.Wrong("block_out_channels", $"1 to {MaxLevels} levels");
        if (groups < 1 || channels.Any(width => width < 1 || width % groups != 0))
            throw json.Wrong("block_out_channels", $"multiples of {groups} groups");
        var (down, up) = (json.Texts("down_block_types"), json.Texts("up_block_types"));
        ImmutableArray<bool> attends = [.. down.Select(type => type == "AttnDownBlock2D")];
        if (down.Length != levels || down.Any(type => type is not ("DownBlock2D" or "AttnDownBlock2D")))
            throw json.Wrong("down_block_types", $"{levels} times DownBlock2D or AttnDownBlock2D");
        if (!up.SequenceEqual(attends.Reverse().Select(attended => attended ? "AttnUpBlock2D" : "UpBlock2D")))
            throw json.Wrong("up_block_types", "UpBlock2D and AttnUpBlock2D, mirroring down_block_types");
        if (head < 1 || channels.Where((_, i) => attends[i] || i == levels - 1).Any(width => width % head != 0))
            throw json.Wrong("attention_head_dim", "a divisor of the channels of levels with attention");
        int layers = json.Integer("layers_per_block", absent: 2);
        return new LdmUnetConfig
        {
            InChannels = json.Integer("in_channels", absent: 3),
            OutChannels = json.Integer("out_channels", absent: 3),
            Channels = channels,
            Attends = attends,
            LayersPerBlock = layers is >= 1 and <= MaxLayers ? layers : throw json.Wrong("layers_per_block", $"1 to {MaxLayers}"),
            HeadChannels = head,
            NormGroups = groups,
            NormEpsilon = json.Number("norm_eps", absent: 1e-5f),
        };
    }
}
