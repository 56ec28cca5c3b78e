using System.Reflection;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

public sealed class TopologyTests
{
    public static TheoryData<string> Names() =>
        [nameof(Topologies.Coarse), nameof(Topologies.PairsRemoved), nameof(Topologies.Koala1B), nameof(Topologies.Ssd1B), "Sdxl"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_alone_tell_the_topology(string name)
    {
        var config = Named(name);
        using var source = new ZeroSource(Unet.Declare(config));
        var derived = UnetTopology.Derive(source);
        Assert.Equal(config, derived);
        UnetTopology.Check(config, "config.json", source);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Our_own_form_says_every_topology(string name) =>
        Assert.Equal(Named(name), UnetConfigJson.Parse(UnetConfigJson.Write(Named(name)), "own"));

    [Fact]
    public void Our_own_form_keeps_what_keys_do_not_say()
    {
        var config =
            Topologies.Tiny with { NormEpsilon = 1e-4f, InChannels = 9, OutChannels = 8, AddedCondition = null, ContextChannels = 0, Middle = null };
        var read = UnetConfigJson.Parse(UnetConfigJson.Write(config), "own");
        Assert.Equal(config, read);
        Assert.Equal(config.Down[1].Heads, read.Down[1].Heads);
    }

    [Fact]
    public void A_configuration_that_contradicts_the_checkpoint_is_refused_by_both_names()
    {
        using var source = new ZeroSource(Unet.Declare(Topologies.Coarse));
        var error = Assert.Throws<ConfigException>(() => UnetTopology.Check(UnetConfig.Sdxl, "unet/config.json", source));
        Assert.Contains("unet/config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("zeros", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "down_blocks.1: 640 channels, transformer depths [2, 2], resampler in the configuration, "
            + "640 channels, transformer depths [1, 1], resampler in the keys of zeros", error.Message, StringComparison.Ordinal);
        Assert.Throws<ConfigException>(() => UnetTopology.Check(Topologies.Ssd1B, "c", source));
        Assert.Throws<ConfigException>(() => UnetTopology.Check(Topologies.Coarse with { ContextChannels = 768 }, "c", source));
        Assert.Throws<ConfigException>(() => UnetTopology.Check(Topologies.Coarse with { InChannels = 9 }, "c", source));
    }

    [Fact]
    public void Keys_of_something_else_are_refused()
    {
        using var source = new ZeroSource(AutoencoderKl.Declare(AutoencoderConfig.Sdxl));
        Assert.Throws<ConfigException>(() => UnetTopology.Derive(source));
    }

    [Fact]
    public void The_published_configuration_of_SDXL_is_ours()
    {
        const string published = """
            { "act_fn": "silu", "addition_embed_type": "text_time", "addition_time_embed_dim": 256, "attention_head_dim": [5, 10, 20],
              "block_out_channels": [320, 640, 1280],
              "cross_attention_dim": 2048, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
              "flip_sin_to_cos": true, "freq_shift": 0,
              "in_channels": 4, "layers_per_block": 2, "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05, "norm_num_groups": 32,
              "out_channels": 4,
              "projection_class_embeddings_input_dim": 2816, "sample_size": 128, "transformer_layers_per_block": [1, 2, 10],
              "only_cross_attention": false,
              "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "upcast_attention": null, "use_linear_projection": true }
            """;
        Assert.Equal(UnetConfig.Sdxl, UnetConfigJson.Parse(published, "config.json"));
        Assert.Equal(UnetConfig.Sdxl,
            UnetConfigJson.Parse(published.Replace("\"mid_block_type\": \"UNetMidBlock2DCrossAttn\",", "", StringComparison.Ordinal),
            "config.json"));
        Assert.Null(UnetConfigJson.Parse(published.Replace("\"UNetMidBlock2DCrossAttn\"", "null", StringComparison.Ordinal),
            "config.json").Middle);
        Assert.Equal(
            UnetStageConfig.NoTransformer,
                UnetConfigJson.Parse(published.Replace("UNetMidBlock2DCrossAttn", "UNetMidBlock2D", StringComparison.Ordinal),
                "config.json").Middle!.TransformerDepth);
    }

    [Theory]
    [MemberData(nameof(GoldenUnets))]
    public void Every_golden_topology_survives_both_forms_of_configuration(string path)
    {
        using var golden = GoldenCase.Open(path);
        var config = UnetConfigJson.Read(golden.Config, golden.Name);
        Assert.Equal(config, UnetConfigJson.Parse(UnetConfigJson.Write(config), "explicit"));
        Assert.Equal(config, UnetConfigJson.Parse(UnetConfigJson.WriteDiffusers(config), "diffusers"));
        using var source = new ZeroSource(Unet.Declare(config));
        UnetTopology.Check(config, golden.Name, source);
    }

    public static TheoryData<string> GoldenUnets() => [.. Goldens.Of(GoldenKinds.Unet)];

    [Theory]
    [InlineData("{}", "block_out_channels")]
    [InlineData("[]", "object")]
    [InlineData("{", "JSON")]
    [InlineData("""{ "act_fn": "gelu" }""", "act_fn")]
    [InlineData("""{ "format": "pgpsr.unet.99" }""", "format")]
    [InlineData("""{ "class_embed_type": "timestep" }""", "class_embed_type")]
    [InlineData("""{ "mid_block_only_cross_attention": true }""", "mid_block_only_cross_attention")]
    [InlineData("""
        { "block_out_channels": [32], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "only_cross_attention": true }
        """, "only_cross_attention")]
    [InlineData("""{ "block_out_channels": [32, "x"] }""", "block_out_channels")]
    [InlineData("""
        { "block_out_channels": [32], "down_block_types": ["AttnDownBlock2D"], "up_block_types": ["UpBlock2D"],
          "layers_per_block": 1, "attention_head_dim": 1 }
        """, "down_block_types")]
    public void A_configuration_that_cannot_be_built_is_refused_by_its_setting(string json, string named) =>
        Assert.Contains(named, Assert.Throws<ConfigException>(() => UnetConfigJson.Parse(json, "file.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void Levels_that_do_not_fit_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => (Topologies.Tiny with { Up = [new(32, 2, [1], true), new(16, 1, [-1, -1], false)] }).Validate());
        Assert.Throws<ArgumentException>(() => (Topologies.Tiny with { NormGroups = 5 }).Validate());
        Assert.Throws<ArgumentException>(() => (Topologies.Tiny with { Down = [new(16, 1, [-1], true), new(32, 3, [1], false)] }).Validate());
        Assert.Throws<ArgumentException>(() => (Topologies.Tiny with { Up = [new(32, 2, [2, 1], false), new(16, 1, [-1, 0], false)] }).Validate());
    }

    [Fact]
    public void Every_golden_configuration_reads_and_agrees_with_its_own_keys()
    {
        foreach (string path in Goldens.Of(GoldenKinds.Unet))
        {
            using var golden = GoldenCase.Open(path);
            var config = UnetConfigJson.Read(golden.Config, golden.Name);
            using var source = new ZeroSource(Unet.Declare(config));
            var derived = UnetTopology.Derive(source);
            Assert.Equal(config.Down.Select(s => (s.Channels, s.Resample)), derived.Down.Select(s => (s.Channels, s.Resample)));
            Assert.Equal(config.Up.SelectMany(s => s.TransformerDepths), derived.Up.SelectMany(s => s.TransformerDepths));
        }
    }

    static UnetConfig Named(string name) =>
        name == "Sdxl" ? UnetConfig.Sdxl : (UnetConfig)typeof(Topologies)
            .GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}
