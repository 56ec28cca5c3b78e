namespace PgpSr.Models.Tests;

/// <summary>Members that a configuration does not have, in the files of publishers and in our own.</summary>
public sealed class ConfigJsonTests
{
    // As stabilityai/stable-diffusion-xl-base-1.0 has it, with what later versions of diffusers write besides.
    const string Sdxl = """
        { "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.19.0.dev0", "act_fn": "silu", "addition_embed_type": "text_time",
          "addition_embed_type_num_heads": 64, "addition_time_embed_dim": 256, "attention_head_dim": [5, 10, 20], "attention_type": "default",
          "block_out_channels": [320, 640, 1280], "center_input_sample": false, "class_embed_type": null, "class_embeddings_concat": false,
          "conv_in_kernel": 3, "conv_out_kernel": 3, "cross_attention_dim": 2048, "cross_attention_norm": null,
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"], "downsample_padding": 1, "dropout": 0.0,
          "dual_cross_attention": false, "encoder_hid_dim": null, "encoder_hid_dim_type": null, "flip_sin_to_cos": true, "freq_shift": 0,
          "in_channels": 4, "layers_per_block": 2, "mid_block_only_cross_attention": null, "mid_block_scale_factor": 1,
          "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05, "norm_num_groups": 32, "num_attention_heads": null,
          "num_class_embeds": null, "only_cross_attention": false, "out_channels": 4, "projection_class_embeddings_input_dim": 2816,
          "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": false, "resnet_time_scale_shift": "default",
          "reverse_transformer_layers_per_block": null, "sample_size": 128, "time_cond_proj_dim": null, "time_embedding_act_fn": null,
          "time_embedding_dim": null, "time_embedding_type": "positional", "timestep_post_act": null, "transformer_layers_per_block": [1, 2, 10],
          "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "upcast_attention": null, "use_linear_projection": true }
        """;

    const string Vae = """
        { "_class_name": "AutoencoderKL", "act_fn": "silu", "block_out_channels": [128, 256, 512, 512],
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"], "force_upcast": true,
          "in_channels": 3, "latent_channels": 4, "latents_mean": null, "latents_std": null, "layers_per_block": 2, "norm_num_groups": 32,
          "out_channels": 3, "sample_size": 1024, "scaling_factor": 0.13025, "shift_factor": null,
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"] }
        """;

    [Fact]
    public void All_that_is_published_with_a_network_is_known()
    {
        Assert.Equal(UnetConfig.Sdxl, UnetConfigJson.Parse(Sdxl, "config.json"));
        Assert.Equal(AutoencoderConfig.Sdxl, AutoencoderConfig.Read(ConfigJson.Parse(Vae, "config.json")));
        Assert.Equal(AutoencoderConfig.Sdxl, AutoencoderConfig.Read(ConfigJson.Parse(AutoencoderConfig.Sdxl.Write(), "metadata")));
    }

    [Theory]
    [InlineData("\"new_gate\": true", "unknown setting new_gate")]
    [InlineData("\"resnet_skip_time_act\": true", "resnet_skip_time_act is true")]
    [InlineData("\"time_cond_proj_dim\": 256", "time_cond_proj_dim is 256")]
    [InlineData("\"attention_type\": \"gated\"", "attention_type is \"gated\"")]
    [InlineData("\"new_gate\": null", null)]
    [InlineData("\"_new_gate\": true", null)]
    public void A_publishers_setting_that_nobody_knows_is_refused_unless_it_says_nothing(string setting, string? says)
    {
        string key = setting[..setting.IndexOf(':', StringComparison.Ordinal)];
        string json = "{ " + setting + ", " + string.Join(",", Sdxl.Trim()[1..].Split(',').Where(part => !part.Contains(key + ":", StringComparison.Ordinal)));
        if (says is null) Assert.Equal(UnetConfig.Sdxl, UnetConfigJson.Parse(json, "unet/config.json"));
        else Assert.StartsWith($"unet/config.json: {says}", Assert.Throws<ConfigException>(() => UnetConfigJson.Parse(json, "unet/config.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_that_are_shifted_are_refused()
    {
        string shifted = Vae.Replace("\"latents_mean\": null", "\"latents_mean\": [0.5, 0, 0, 0]", StringComparison.Ordinal);
        Assert.Contains("latents_mean", Assert.Throws<ConfigException>(() => AutoencoderConfig.Read(ConfigJson.Parse(shifted, "c"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_says_where_in_our_own_form_it_is()
    {
        string own = UnetConfigJson.Write(UnetConfig.Sdxl);
        int second = own.IndexOf("\"resample\"", own.IndexOf("\"resample\"", StringComparison.Ordinal) + 1, StringComparison.Ordinal);
        Assert.Contains("unknown setting down[1].resampel", Refused(own[..second] + "\"resampel\":true," + own[second..]), StringComparison.Ordinal);
        Assert.Contains("down[1].resample is 3", Refused(own[..second] + "\"resample\":3" + own[(second + "\"resample\":true".Length)..]),
            StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Refused(own[..second] + "\"resample\":false," + own[second..]), StringComparison.Ordinal); // twice
        Assert.Contains("go together", Refused(own.Replace("\"number_channels\":256,", "", StringComparison.Ordinal)), StringComparison.Ordinal);

        static string Refused(string json) => Assert.Throws<ConfigException>(() => UnetConfigJson.Parse(json, "file")).Message;
    }

    [Fact]
    public void Diffusers_form_is_written_only_where_it_is_read_as_the_same()
    {
        Assert.Equal(UnetConfig.Sdxl, UnetConfigJson.Parse(UnetConfigJson.WriteDiffusers(UnetConfig.Sdxl), "written"));
        foreach (var other in (UnetConfig[])[
            UnetConfig.Sdxl with { Middle = UnetConfig.Sdxl.Middle! with { Heads = 10 } },
            UnetConfig.Sdxl with { Middle = UnetConfig.Sdxl.Middle! with { TransformerDepth = 3 } },
            UnetConfig.Sdxl with { HasTime = false, AddedCondition = null },
            UnetConfig.Sdxl with { NormGroupChoices = [32, 1] },
            UnetConfig.Sdxl with { Down = [UnetConfig.Sdxl.Down[0], UnetConfig.Sdxl.Down[1] with { TransformerDepths = [2, -1] }, UnetConfig.Sdxl.Down[2]] }])
        {
            Assert.Throws<ArgumentException>(() => UnetConfigJson.WriteDiffusers(other));
            Assert.Equal(other, UnetConfigJson.Parse(UnetConfigJson.Write(other), "own"));
        }
    }
}
