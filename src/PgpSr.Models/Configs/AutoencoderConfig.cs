using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Models;

/// <summary>The topology of a convolutional autoencoder of Stable Diffusion's form (diffusers AutoencoderKL).</summary>
sealed record AutoencoderConfig
{
    /// <summary>Channels of each level, full resolution first.</summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>ResNets of each level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Channels of the picture.</summary>
    public int ImageChannels { get; init; } = 3;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of all group norms; their epsilon is 1e-6.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>What the latent is multiplied by before a diffusion network sees it.</summary>
    public float ScalingFactor { get; init; } = 0.13025f;

    /// <summary>SDXL's autoencoder: 83,653,863 parameters.</summary>
    public static AutoencoderConfig Sdxl { get; } = new() { Channels = [128, 256, 512, 512] };

    /// <summary>Pixels per latent position, in each direction.</summary>
    public int Factor => 1 << (Channels.Length - 1);

    /// <summary>Reads a diffusers configuration.</summary>
    /// <exception cref="ConfigException">A setting is missing, unknown, malformed, or requests a feature this network type does not
    /// support.</exception>
    public static AutoencoderConfig Read(JsonElement config, string file = "config.json") =>
        ConfigJson.Read(config, file, json => Walk(json, Sdxl), UnknownMembers.RefusedIfSet);

    /// <summary>The configuration as one line that <see cref="Read"/> reads.</summary>
    public string Write() => ConfigJson.Write(json => Walk(json, this));

    internal static AutoencoderConfig Walk(ConfigJson json, AutoencoderConfig config)
    {
        json.Only("act_fn", "silu");
        json.Unset("shift_factor", "latents_mean", "latents_std");
        json.Only(true, "use_quant_conv", "use_post_quant_conv", "mid_block_add_attention");
        json.Ignore("out_channels", "sample_size", "force_upcast");
        var channels = json.Integers("block_out_channels", config.Channels);
        if (channels.Length is < 1 or > 8) throw json.Wrong("block_out_channels", "1 to 8 levels");
        foreach (var (key, type) in ((string, string)[])[("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")])
            if (json.Has(key) && (json.Texts(key).Length != channels.Length || json.Texts(key).Any(t => t != type)))
                throw json.Wrong(key, $"{channels.Length} times {type}");
        var result = new AutoencoderConfig
        {
            Channels = channels,
            LayersPerBlock = json.Integer("layers_per_block", config.LayersPerBlock, absent: 1),
            ImageChannels = json.Integer("in_channels", config.ImageChannels, absent: 3),
            LatentChannels = json.Integer("latent_channels", config.LatentChannels, absent: 4),
            NormGroups = json.Integer("norm_num_groups", config.NormGroups, absent: 32),
            ScalingFactor = json.Number("scaling_factor", config.ScalingFactor, absent: 0.18215f),
        };
        int groups = result.NormGroups;
        return groups > 0 && channels.All(c => c > 0 && c % groups == 0) ? result
            : throw json.Wrong("block_out_channels", $"multiples of {groups} groups");
    }

    /// <inheritdoc/>
    public bool Equals(AutoencoderConfig? other) =>
        other is not null && Channels.SequenceEqual(other.Channels) && LayersPerBlock == other.LayersPerBlock && ImageChannels == other.ImageChannels
        && LatentChannels == other.LatentChannels && NormGroups == other.NormGroups && ScalingFactor == other.ScalingFactor;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Channels.Length, LayersPerBlock, ImageChannels, LatentChannels, NormGroups, ScalingFactor);
}
