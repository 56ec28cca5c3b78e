namespace PgpSr.Models.Tests;

public sealed class PgpConfigTests
{
    internal static PgpConfig Small { get; } = new()
    {
        Phase = PhasePlacement.Stem,
        GuideChannels = 16,
        Input = PgpInput.Degraded,
        Prediction = PgpPrediction.Residual,
        Unet = new UnetConfig
        {
            InChannels = 3,
            OutChannels = 48,
            NormGroups = 4,
            Down = [new(16, 1, [-1], true), new(24, 2, [0, 2], false)],
            Middle = new(24, 2, 1),
            Up = [new(24, 2, [-1, 1, -1], true), new(16, 1, [-1, -1], false)],
        },
    };

    [Fact]
    public void What_was_written_is_what_is_read()
    {
        string text = PgpConfigJson.Write(Small);
        Assert.Equal(Small, PgpConfigJson.Read(text, "file"));
        Assert.Equal(text, PgpConfigJson.Write(PgpConfigJson.Read(text, "file")));
    }

    [Fact]
    public void A_noisy_latent_with_the_degraded_picture_beside_it_survives_too()
    {
        var config = Small with
        {
            Scale = 2,
            Input = PgpInput.LatentAndDegraded,
            Prediction = PgpPrediction.Velocity,
            Phase = PhasePlacement.Decoder,
            Steps = 12,
            Timestep = 100,
            NoisedStart = true,
            Unet = Small.Unet with { InChannels = 60, Middle = null, NormEpsilon = 1e-6f },
        };
        Assert.Equal(config, PgpConfigJson.Read(PgpConfigJson.Write(config), "file"));
    }

    [Fact]
    public void A_network_that_is_told_of_damage_survives_and_says_nothing_where_it_is_not()
    {
        var told = Small with { DamageTimestep = 500 };
        Assert.Contains("\"damage_timestep\":500", PgpConfigJson.Write(told), StringComparison.Ordinal);
        Assert.Equal(told, PgpConfigJson.Read(PgpConfigJson.Write(told), "file"));
        Assert.DoesNotContain("damage", PgpConfigJson.Write(Small), StringComparison.Ordinal);
        foreach (var wrong in new[] { told with { DamageTimestep = -1 }, told with { DamageTimestep = told.Timestep }, ResidualLatent with { DamageTimestep = 500 } })
            Assert.Contains("damage_timestep", Assert.Throws<ArgumentException>(wrong.Validate).Message, StringComparison.Ordinal);
    }

    static PgpConfig ResidualLatent { get; } = Small with
    {
        Input = PgpInput.LatentAndDegraded,
        Prediction = PgpPrediction.Velocity,
        Steps = 12,
        ResidualDeviation = 0.06f,
        StartNoise = 0.7f,
        StartColorNoise = 0.2f,
        Unet = Small.Unet with { InChannels = 51 },
    };

    [Fact]
    public void A_latent_of_residuals_survives_and_is_left_out_where_there_is_none()
    {
        string text = PgpConfigJson.Write(ResidualLatent);
        Assert.Contains("\"residual_deviation\":0.06,\"start_noise\":0.7,\"start_colour_noise\":0.2", text,
            StringComparison.Ordinal);
        Assert.Equal(ResidualLatent, PgpConfigJson.Read(text, "file"));
        Assert.True(ResidualLatent.AddsEnlarged);
        Assert.DoesNotContain("residual_", PgpConfigJson.Write(Small), StringComparison.Ordinal);
    }

    [Fact]
    public void A_latent_of_residuals_is_sampled_from_noise_beside_the_degraded_picture()
    {
        PgpConfig[] wrong =
        [
            ResidualLatent with { Steps = 1, StartNoise = 1, StartColorNoise = 1 },
            ResidualLatent with { NoisedStart = true },
            ResidualLatent with { Input = PgpInput.Latent, Unet = Small.Unet with { InChannels = 48 } },
            Small with { ResidualDeviation = 0.06f },
            ResidualLatent with { ResidualDeviation = -1 },
            ResidualLatent with { ResidualDeviation = float.NaN },
            ResidualLatent with { ResidualDeviation = float.PositiveInfinity },
        ];
        foreach (var config in wrong)
            Assert.Contains("residual", Assert.Throws<ArgumentException>(config.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_starting_noise_is_that_of_a_sampler()
    {
        PgpConfig[] wrong = [ResidualLatent with { StartNoise = -0.1f }, ResidualLatent with { StartNoise = float.NaN },
            ResidualLatent with { StartColorNoise = 3 }, Small with { StartNoise = 0.5f }];
        foreach (var config in wrong)
            Assert.Contains("start_noise", Assert.Throws<ArgumentException>(config.Validate).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", "format")]
    [InlineData("\"scale\":4", "\"scale\":3", "scale")]
    [InlineData("\"scale\":4", "\"scale\":-4", "scale")]
    [InlineData("\"scale\":4", "\"scale\":4.5", "scale")]
    [InlineData("\"scale\":4,", "", "scale is missing")]
    [InlineData("\"scale\":4,", "\"scale\":4,\"color\":1,", "unknown setting color")]
    [InlineData("\"input\":\"degraded\"", "\"input\":\"Degraded\"", "'degraded', 'latent', 'latent_and_degraded'")]
    [InlineData("\"prediction\":\"residual\"", "\"prediction\":\"epsilon\"", "residual")]
    [InlineData("\"steps\":1", "\"steps\":0", "one step")]
    [InlineData("\"steps\":1", "\"steps\":12", "one step")]
    [InlineData("\"timestep\":999", "\"timestep\":1000", "timestep")]
    [InlineData("\"noised_start\":false", "\"noised_start\":0", "noised_start")]
    [InlineData("\"guide_channels\":16", "\"guide_channels\":0", "guide")]
    [InlineData("\"guide_channels\":16", "\"guide_channels\":18", "groups")]
    [InlineData("\"in_channels\":3", "\"in_channels\":4", "4 channels")]
    [InlineData("\"out_channels\":48", "\"out_channels\":12", "48")]
    [InlineData("\"norm_groups\":4", "\"norm_groups\":0", "norm_groups")]
    [InlineData("\"norm_groups\":4", "\"norm_groups\":5", "groups")]
    [InlineData("[null,1,null]", "[null,1]", "skips")]
    [InlineData("[null,1,null]", "[null,65,null]", "depths")]
    [InlineData("[null,1,null]", "[null,\"1\",null]", "transformer_depths")]
    [InlineData("\"resample\":true", "\"resample\":null", "resample")]
    [InlineData("\"heads\":2", "\"heads\":5", "heads")]
    [InlineData("{\"format\"", "{{\"format\"", "not valid JSON")]
    public void A_setting_that_cannot_be_is_refused_by_name(string written, string changed, string named)
    {
        string text = PgpConfigJson.Write(Small);
        Assert.Contains(written, text, StringComparison.Ordinal);
        int at = text.IndexOf(written, StringComparison.Ordinal);
        var error =
            Assert.Throws<ConfigException>(() => PgpConfigJson.Read(text[..at] + changed + text[(at + written.Length)..], "model.safetensors"));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_configuration_is_no_model() =>
        Assert.Throws<ConfigException>(() => PgpConfigJson.Read(new Dictionary<string, string> { ["format"] = "pt" }, "other.safetensors"));

    [Fact]
    public void Channels_follow_from_scale_and_patches()
    {
        var config = Small with { Scale = 2 };
        Assert.Equal((48, 2, 12), (config.LatentChannels, config.DegradedPatch, config.DegradedChannels));
        Assert.Equal(60, (config with { Input = PgpInput.LatentAndDegraded }).InputChannels);
    }
}
