using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>
/// Normalizations against the double-precision reference. Results are at most about 6 for normally distributed input; sums run over 16 + count/64
/// roundings relative to a sum of squares that exceeds the deviations at most twofold, which 64 unit roundoffs of the result cover.
/// </summary>
public sealed class NormTests
{
    static Tolerance Bound => new(64 * 6 * Tolerance.UnitRoundoff);

    [Theory]
    [InlineData(1, 1, 1, 8, 2, Activation.None)]
    [InlineData(2, 1, 1, 4, 4, Activation.None)]
    [InlineData(2, 13, 18, 24, 8, Activation.None)]
    [InlineData(2, 13, 18, 24, 24, Activation.Silu)]
    [InlineData(1, 5, 3, 33, 1, Activation.Gelu)]
    [InlineData(3, 7, 9, 20, 5, Activation.QuickGelu)]
    [InlineData(2, 9, 7, 20, 5, Activation.Relu)]
    [InlineData(2, 9, 7, 40, 5, Activation.LeakyRelu)]
    [InlineData(2, 37, 41, 320, 32, Activation.Silu)]
    [InlineData(1, 64, 33, 70, 10, Activation.None)]
    public void Group_norm_matches_the_reference(int samples, int height, int width, int channels, int groups, Activation activation)
    {
        var data = new SeededData(7);
        var shape = new Shape(samples, height, width, channels);
        float epsilon = 1e-5f;
        var trial = new Trial().With(data.Normal(shape.Count), samples, height, width, channels).With(data.Uniform(channels, 0.5f, 1.5f), channels)
            .With(data.Uniform(channels), channels);
        trial.Check($"group norm {shape}", shape, Bound, (b, i, y) => b.GroupNorm(i[0], i[1], i[2], groups, epsilon, activation, y));
        trial.CheckInPlace($"group norm {shape}", (b, i, y) => b.GroupNorm(i[0], i[1], i[2], groups, epsilon, activation, y));
    }

    [Theory]
    [InlineData(1e-3f, 1)]
    [InlineData(1e-3f, 37)]
    [InlineData(3e-3f, 90)]
    public void Group_norm_keeps_its_accuracy_where_the_mean_is_a_million_times_the_spread(float spread, int side)
    {
        var data = new SeededData(8);
        const int Channels = 40;
        var shape = new Shape(2, side, side, Channels);
        float[] x = [.. data.Normal(shape.Count).Select(z => 1000 + spread * z)];
        new Trial().With(x, 2, side, side, Channels).With(data.Uniform(Channels, 0.5f, 1.5f), Channels).With(data.Uniform(Channels), Channels)
            .Check($"group norm near 1000, {side}", shape, Bound, (b, i, y) => b.GroupNorm(i[0], i[1], i[2], 4, 1e-12f, Activation.None, y));
    }

    [Fact]
    public void Group_norm_survives_an_outlier_in_the_position_that_its_sums_start_from()
    {
        const int Channels = 8, Side = 96;
        float[] x = new SeededData(9).Normal(Side * Side * Channels);
        for (int c = 0; c < Channels; c++) x[c] = 1e4f;
        new Trial().With(x, 1, Side, Side, Channels).With([.. Enumerable.Repeat(1f, Channels)], Channels).With(new float[Channels], Channels)
            // The outlier itself comes out near sqrt(positions) = 96, with a relative error.
            .Check("group norm with an outlier", new Shape(1, Side, Side, Channels), Bound with { Relative = 64 * Tolerance.UnitRoundoff },
                (b, i, y) => b.GroupNorm(i[0], i[1], i[2], 2, 1e-6f, Activation.None, y));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(77, 48)]
    [InlineData(5, 320)]
    [InlineData(130, 1283)]
    public void Layer_norm_matches_the_reference(int rows, int channels)
    {
        var data = new SeededData(10);
        foreach (var (mean, spread) in new[] { (0f, 1f), (1000f, 1e-3f) })
        {
            float[] x = [.. data.Normal((long)rows * channels).Select(z => mean + spread * z)];
            var trial = new Trial().With(x, rows, channels).With(data.Uniform(channels, 0.5f, 1.5f), channels).With(data.Uniform(channels), channels);
            trial.Check($"layer norm {rows}x{channels} of mean {mean}", new Shape(rows, channels), Bound, (b, i, y) =>
                b.LayerNorm(i[0], i[1], i[2], 1e-10f, y));
            trial.CheckInPlace("layer norm", (b, i, y) => b.LayerNorm(i[0], i[1], i[2], 1e-5f, y));
        }
    }

    [Fact]
    public void A_cancelled_operation_throws()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var x = backend.CreateTensor(new Shape(1, 64, 64, 64));
        backend.Fill(1, x);
        using var source = new CancellationTokenSource();
        backend.CancellationToken = source.Token;
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => backend.Activate(x, Activation.Silu, x));
    }
}
