namespace PgpSr.Testing.Tests;

public sealed class GeneratedWeightsTests
{
    // The check values of tests/goldens/README.md.
    static readonly double[] s_published = [-0.9952244758605957, 0.22484493255615234, -0.9726057052612305, 0.10801243782043457];

    [Fact]
    public void Raw_numbers_are_the_published_ones() =>
        Assert.Equal(s_published.Select(x => (float)x), Enumerable.Range(0, 4).Select(i => GeneratedWeights.Unit(1, "conv_in.weight", i)));

    [Fact]
    public void A_matrix_is_scaled_by_its_fan_in()
    {
        float scale = (float)Math.Sqrt(3.0 / (4 * 3 * 3));
        Assert.Equal((float)s_published[1] * scale, GeneratedWeights.Create(1, "conv_in.weight", 2, 4, 3, 3)[1]);
    }

    [Fact]
    public void Vectors_are_small_biases_or_scales_about_one()
    {
        Assert.All(GeneratedWeights.Create(3, "norm.bias", 100), x => Assert.InRange(x, -0.05f, 0.05f));
        Assert.All(GeneratedWeights.Create(3, "norm.weight", 100), x => Assert.InRange(x, 0.9f, 1.1f));
    }

    [Fact]
    public void A_part_is_the_same_as_in_the_whole()
    {
        var part = new float[10];
        GeneratedWeights.Fill(7, "a.weight", [20, 5], 33, part);
        Assert.Equal(GeneratedWeights.Create(7, "a.weight", 20, 5)[33..43], part);
    }
}
