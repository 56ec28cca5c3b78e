using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary><see cref="Backend.GroupNorm"/>.</summary>
public abstract class GroupNormConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 1, 1, 32, 8)]
    [InlineData(2, 3, 5, 24, 8)]
    [InlineData(1, 4, 4, 24, 24)]
    [InlineData(2, 4, 3, 24, 1)]
    [InlineData(1, 5, 7, 5, 5)]
    [InlineData(1, 6, 6, 32, 32)]
    [InlineData(1, 7, 5, 35, 7)]
    [InlineData(1, 9, 9, 80, 16)]
    [InlineData(1, 3, 3, 320, 32)]
    public void Any_size(int samples, int height, int width, int channels, int groups) =>
        Compare(height * width * channels / groups, ws => Apply(ws, new Shape(samples, height, width, channels), groups, Activation.None));

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    public void With_an_activation(Activation activation) =>
        Compare(25 * 5, ws => Apply(ws, new Shape(2, 5, 5, 20), 4, activation));

    [Fact]
    public void Tokens_too() => Compare(30, ws => Apply(ws, new Shape(2, 10, 12), 4, Activation.None));

    [Theory]
    [InlineData(1000f, 3e-3f)]
    [InlineData(-4096f, 1e-2f)]
    [InlineData(1e6f, 4f)]
    public void A_mean_that_is_much_larger_than_the_spread(float mean, float spread) =>
        Compare(81 * 4, ws => Apply(ws, new Shape(1, 9, 9, 8), 2, Activation.None, mean, spread));

    [Fact]
    public void A_constant_group_becomes_beta() =>
        Compare(new Tolerance(1e-3), ws => Apply(ws, new Shape(1, 4, 4, 6), 3, Activation.None, 7, 0));

    [Fact]
    public void In_place_at_an_odd_offset() =>
        Compare(20 * 3, ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(2 * 20 * 9), new Shape(2, 4, 5, 9));
            ws.Backend.GroupNorm(x, Vector(ws, "norm.weight", 9), Vector(ws, "norm.bias", 9), 3, 1e-5f, Activation.Silu, x);
            return x;
        });

    [Fact]
    public void Nothing_is_written_around_the_result() =>
        Compare(20 * 3, ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(2 * 20 * 9), new Shape(2, 4, 5, 9));
            return Guarded(ws, x.Shape, y =>
                ws.Backend.GroupNorm(x, Vector(ws, "norm.weight", 9), Vector(ws, "norm.bias", 9), 3, 1e-5f, Activation.None, y));
        });

    [Fact]
    public void A_NaN_fills_its_group_and_no_other()
    {
        var y = Run(ws =>
        {
            var x = new SeededData(4).Uniform(2 * 30 * 12);
            x[(30 + 7) * 12 + 5] = float.NaN;
            return ws.GroupNorm(ws.Upload(x, new Shape(2, 5, 6, 12)), Vector(ws, "norm.weight", 12), Vector(ws, "norm.bias", 12), 4, 1e-5f);
        });
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i >= 360 && i % 12 / 3 == 1), $"[{i}] = {y[i]}");
    }

    // A mean over K values is off by at most K u of their spread, which is 1 after normalization; values reach about 4.
    void Compare(int terms, Func<Workspace, Tensor> run) => Compare(Tolerance.Sum(terms, 1, 4), run);

    static Tensor Apply(Workspace ws, Shape shape, int groups, Activation activation, float mean = 0.3f, float spread = 1)
    {
        var x = new SeededData(2).Uniform(shape.Count, mean - spread, mean + spread);
        return ws.GroupNorm(ws.Upload(x, shape), Vector(ws, "norm.weight", shape[-1]), Vector(ws, "norm.bias", shape[-1]), groups, 1e-6f, activation);
    }

    static Tensor Vector(Workspace ws, string name, int channels) => ws.Upload(GeneratedWeights.Create(1, name, channels), new Shape(channels));
}

/// <summary><see cref="Backend.LayerNorm"/>.</summary>
public abstract class LayerNormConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1, 0f, 1f)]
    [InlineData(3, 5, 0f, 1f)]
    [InlineData(2, 16, 0f, 1f)]
    [InlineData(7, 33, 0f, 1f)]
    [InlineData(5, 640, 0f, 1f)]
    [InlineData(4, 768, 0f, 1f)]
    [InlineData(4, 96, 1000f, 3e-3f)]
    [InlineData(4, 40, -50f, 1f)]
    public void Any_size(int rows, int channels, float mean, float spread) =>
        Compare(Tolerance.Sum(channels, 1, 4), ws =>
        {
            var x = new SeededData(2).Uniform(2 * rows * channels, mean - spread, mean + spread);
            return ws.LayerNorm(ws.Upload(x, new Shape(2, rows, channels)), Vector(ws, "norm.weight", channels), Vector(ws, "norm.bias", channels),
                1e-5f);
        });

    [Fact]
    public void In_place_at_an_odd_offset() =>
        Compare(Tolerance.Sum(21, 1, 4), ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(4 * 21), new Shape(4, 21));
            ws.Backend.LayerNorm(x, Vector(ws, "norm.weight", 21), Vector(ws, "norm.bias", 21), 1e-5f, x);
            return x;
        });

    [Fact]
    public void A_NaN_fills_its_row_and_no_other()
    {
        var y = Run(ws =>
        {
            var x = new SeededData(4).Uniform(6 * 19);
            x[3 * 19 + 18] = float.NaN;
            return ws.LayerNorm(ws.Upload(x, new Shape(6, 19)), Vector(ws, "norm.weight", 19), Vector(ws, "norm.bias", 19), 1e-5f);
        });
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i / 19 == 3), $"[{i}] = {y[i]}");
    }

    static Tensor Vector(Workspace ws, string name, int channels) => ws.Upload(GeneratedWeights.Create(1, name, channels), new Shape(channels));
}

/// <summary><see cref="Backend.Softmax"/>.</summary>
public abstract class SoftmaxConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1, 1f)]
    [InlineData(3, 2, 1f)]
    [InlineData(5, 16, 10f)]
    [InlineData(4, 77, 1f)]
    [InlineData(2, 200, 100f)]
    public void Any_size(int rows, int columns, float size) =>
        Compare(Tolerance.Roundings(columns + 16 + (int)size, 1e-30), ws =>
            ws.Softmax(ws.Upload(new SeededData(2).Uniform(rows * columns, -size, size), new Shape(rows, columns))));

    [Fact]
    public void Large_values_do_not_overflow_and_minus_infinity_is_a_weight_of_zero() =>
        Compare(Tolerance.Roundings(16), ws => ws.Softmax(ws.Upload([1e4f, 1e4f, float.NegativeInfinity, -1e30f], new Shape(1, 4))));

    [Fact]
    public void In_place_at_an_odd_offset() =>
        Compare(Tolerance.Roundings(40), ws =>
        {
            var x = Offset(ws, new SeededData(3).Uniform(3 * 21), new Shape(3, 21));
            ws.Backend.Softmax(x, x);
            return x;
        });

    [Fact]
    public void A_NaN_fills_its_row_and_no_other()
    {
        var y = Run(ws =>
        {
            var x = new SeededData(4).Uniform(4 * 37);
            x[2 * 37 + 36] = float.NaN;
            return ws.Softmax(ws.Upload(x, new Shape(4, 37)));
        });
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i / 37 == 2), $"[{i}] = {y[i]}");
    }
}
