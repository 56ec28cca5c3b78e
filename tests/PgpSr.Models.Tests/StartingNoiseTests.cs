namespace PgpSr.Models.Tests;

public sealed class StartingNoiseTests
{
    [Fact]
    public void Gray_and_color_are_taken_in_their_parts()
    {
        var config = PgpConfigTests.Small with { StartNoise = 0.5f, StartColorNoise = 0.25f };
        var random = new Random(3);
        float[] noise = [.. Enumerable.Range(0, 5 * config.LatentChannels).Select(_ => 2 * random.NextSingle() - 1)], shaped = [.. noise];
        StartingNoise.Shape(config, shaped);
        for (int at = 0; at < noise.Length; at += config.LatentChannels)
        {
            for (int i = 0; i < 16; i++)
            {
                double gray = (noise[at + i] + noise[at + 16 + i] + noise[at + 32 + i]) / 3.0;
                for (int c = 0; c < 3; c++) Assert.Equal(0.5 * gray + 0.25 * (noise[at + 16 * c + i] - gray), shaped[at + 16 * c + i], 1e-6);
            }
        }
    }

    [Fact]
    public void The_noise_of_training_is_left_as_it_is()
    {
        float[] noise = [.. Enumerable.Range(0, PgpConfigTests.Small.LatentChannels).Select(i => i * 0.37f)], shaped = [.. noise];
        StartingNoise.Shape(PgpConfigTests.Small, shaped);
        Assert.Equal(noise, shaped);
        Assert.Throws<ArgumentException>(() => StartingNoise.Shape(PgpConfigTests.Small, new float[47]));
    }
}
