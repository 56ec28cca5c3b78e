using PgpSr.Testing;

namespace PgpSr.Pruning.Tests;

public sealed class FeatureDistanceTests
{
    [Theory]
    [InlineData(nameof(SoftmaxAxis.Channels))]
    [InlineData(nameof(SoftmaxAxis.All))]
    public void Identical_maps_are_no_distance_apart(string axis)
    {
        float[] map = Map(1, 600, 37, 5);
        var distance = FeatureDistance.Between(map, map, 37, Enum.Parse<SoftmaxAxis>(axis));
        Assert.Equal(0, distance.PhiCos, 1e-14);
        Assert.Equal(0, distance.PsiKl, 1e-12);
    }

    [Fact]
    public void Orthogonal_maps_have_cosine_zero()
    {
        // Odd positions hold the other channel of each pair.
        const int channels = 24, positions = 300;
        float[] map = Map(2, positions, channels, 3), first = (float[])map.Clone(), second = (float[])map.Clone();
        for (int i = 0; i < map.Length; i++)
        {
            if (i % 2 == 0) first[i] = 0;
            else second[i] = 0;
        }
        Assert.Equal(1, FeatureDistance.Between(first, second, channels).PhiCos, 1e-14);
    }

    [Fact]
    public void Opposite_maps_are_two_apart()
    {
        float[] map = Map(3, 10, 16, 1);
        Assert.Equal(2, FeatureDistance.Between(map, map.Select(x => -x).ToArray(), 16).PhiCos, 1e-14);
    }

    [Fact]
    public void Scaling_leaves_the_cosine_and_moves_the_divergence_as_computed_by_hand()
    {
        // Channels (0, ln 3) and their double (0, ln 9): softmax (1/4, 3/4) against (1/10, 9/10).
        float[] first = [0, MathF.Log(3)], second = [0, 2 * MathF.Log(3)];
        var distance = FeatureDistance.Between(first, second, 2);
        Assert.Equal(0, distance.PhiCos, 1e-14);
        Assert.Equal(0.25 * Math.Log(0.25 / 0.1) + 0.75 * Math.Log(0.75 / 0.9), distance.PsiKl, 1e-6);
    }

    [Fact]
    public void A_constant_added_to_all_channels_leaves_the_divergence_at_zero()
    {
        float[] map = Map(4, 20, 40, 1);
        Assert.Equal(0, FeatureDistance.Between(map, map.Select(x => x + 2).ToArray(), 40).PsiKl, 1e-6);
    }

    [Fact]
    public void A_position_without_features_counts_as_orthogonal()
    {
        Assert.Equal(1, FeatureDistance.Between(new float[8], new float[8], 8).PhiCos);
        Assert.Equal(0, FeatureDistance.Between(new float[8], new float[8], 8).PsiKl, 1e-14);
    }

    // The requirement: 1e-5 of a plain float64 computation. Lengths around a vector's, more positions than a block has, and features as large as
    // trained networks have them.
    [Theory]
    [InlineData(1, 1, 1, nameof(SoftmaxAxis.Channels))]
    [InlineData(3, 7, 1, nameof(SoftmaxAxis.Channels))]
    [InlineData(64, 15, 4, nameof(SoftmaxAxis.Channels))]
    [InlineData(257, 33, 4, nameof(SoftmaxAxis.All))]
    [InlineData(1024, 320, 10, nameof(SoftmaxAxis.Channels))]
    [InlineData(1024, 320, 10, nameof(SoftmaxAxis.All))]
    [InlineData(300, 1280, 60, nameof(SoftmaxAxis.Channels))]
    [InlineData(300, 1280, 60, nameof(SoftmaxAxis.All))]
    public void Both_metrics_equal_a_plain_computation_in_doubles(int positions, int channels, float size, string axis)
    {
        var over = Enum.Parse<SoftmaxAxis>(axis);
        float[] first = Map(5, positions, channels, size), noise = Map(6, positions, channels, 0.3f * size),
            second = [.. first.Zip(noise, (a, b) => a + b)];
        var distance = FeatureDistance.Between(first, second, channels, over);
        var (phi, psi) = Reference.Distance(first, second, channels, over);
        Assert.Equal(phi, distance.PhiCos, 1e-5);
        Assert.Equal(psi, distance.PsiKl, 1e-5 * Math.Max(1, psi));
    }

    [Fact]
    public void Maps_that_do_not_belong_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => FeatureDistance.Between(new float[8], new float[12], 4));
        Assert.Throws<ArgumentException>(() => FeatureDistance.Between(new float[9], new float[9], 4));
        Assert.Throws<ArgumentException>(() => FeatureDistance.Between(Array.Empty<float>(), Array.Empty<float>(), 4));
    }

    static float[] Map(int seed, int positions, int channels, float size) =>
        [.. new SeededData(seed).Uniform((long)positions * channels).Select(x => size * x)];
}
