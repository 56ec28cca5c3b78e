namespace PgpSr.Models.Tests;

public sealed class ResidualScaleTests
{
    static readonly PgpConfig s_config = PgpConfigTests.Small with { ResidualDeviation = 0.01f, ResidualContrast = 1.5f };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(9, 3)]
    [InlineData(17, 11)]
    public void It_is_the_formula_also_at_the_edges(int width, int height)
    {
        var random = new Random(4);
        float[] picture = [.. Enumerable.Range(0, width * height * 3).Select(_ => 2 * random.NextSingle() - 1)];
        float[] deviations = Fill(s_config, picture, width, height);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                Assert.Equal(Math.Sqrt(1e-4 + 2.25 * Mean(x, y, 2, width, height, (u, v) => Detail(picture, u, v, width, height))),
                    deviations[y * width + x], 1e-5);
    }

    [Fact]
    public void Flat_places_have_the_least_and_every_place_where_contrast_does_not_count()
    {
        float[] flat = [.. Enumerable.Repeat(0.3f, 8 * 8 * 3)];
        Assert.All(Fill(s_config, flat, 8, 8), d => Assert.Equal(0.01, d, 1e-6));
        var random = new Random(4);
        float[] picture = [.. flat.Select(_ => 2 * random.NextSingle() - 1)];
        Assert.All(Fill(s_config with { ResidualContrast = 0 }, picture, 8, 8), d => Assert.Equal(0.01f, d));
    }

    [Fact]
    public void A_span_of_another_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => ResidualScale.Fill(s_config, new float[26], 3, 3, new float[9]));

    static float[] Fill(PgpConfig config, float[] picture, int width, int height)
    {
        var deviations = new float[width * height];
        ResidualScale.Fill(config, picture, width, height, deviations);
        return deviations;
    }

    static double Detail(float[] picture, int x, int y, int width, int height) => Enumerable.Range(0, 3)
        .Average(c => Math.Pow(picture[(y * width + x) * 3 + c] - Mean(x, y, 1, width, height, (u, v) => picture[(v * width + u) * 3 + c]), 2));

    static double Mean(int x, int y, int reach, int width, int height, Func<int, int, double> value) =>
        (from v in Enumerable.Range(y - reach, 2 * reach + 1)
         from u in Enumerable.Range(x - reach, 2 * reach + 1)
         where u >= 0 && u < width && v >= 0 && v < height
         select value(u, v)).Average();
}
