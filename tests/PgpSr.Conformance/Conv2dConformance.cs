using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary><see cref="Backend.Conv2d"/>.</summary>
public abstract class Conv2dConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    // Winograd's transforms add to plain summation; see Tolerance.Sum.
    const double Winograd = 8;

    [Theory]
    [InlineData(1, 1, 1, 1, 1, 3, 1, 1)]
    [InlineData(1, 1, 1, 1, 1, 1, 1, 0)]
    [InlineData(1, 2, 1, 3, 2, 3, 1, 1)]
    [InlineData(1, 5, 7, 3, 5, 3, 1, 1)]
    [InlineData(2, 4, 4, 4, 16, 3, 1, 1)]
    [InlineData(1, 6, 5, 4, 47, 3, 1, 1)]
    [InlineData(1, 6, 5, 5, 48, 3, 1, 1)]
    [InlineData(1, 6, 5, 7, 49, 3, 1, 1)]
    [InlineData(1, 7, 9, 16, 33, 3, 1, 1)]
    [InlineData(1, 12, 12, 32, 32, 3, 1, 1)]
    [InlineData(2, 13, 17, 31, 17, 3, 1, 1)]
    [InlineData(1, 9, 11, 64, 64, 3, 1, 1)]
    [InlineData(1, 3, 4, 96, 100, 3, 1, 1)]
    [InlineData(1, 6, 6, 3, 20, 3, 1, 0)]
    [InlineData(1, 9, 8, 6, 20, 3, 2, 1)]
    [InlineData(1, 8, 9, 17, 40, 3, 2, 1)]
    [InlineData(3, 5, 3, 16, 24, 1, 1, 0)]
    [InlineData(1, 7, 7, 33, 65, 1, 1, 0)]
    [InlineData(1, 7, 5, 8, 9, 1, 2, 0)]
    [InlineData(1, 7, 6, 5, 16, 5, 1, 2)]
    [InlineData(1, 11, 10, 3, 12, 7, 4, 3)]
    [InlineData(1, 4, 4, 2, 3, 3, 1, 3)]
    public void Any_size(int samples, int height, int width, int inputs, int outputs, int kernel, int stride, int padding) =>
        Compare(inputs * kernel * kernel, ws => Apply(ws, samples, height, width, inputs, outputs, Conv2dGeometry.Square(kernel, stride, padding)));

    [Theory]
    [InlineData(8, 8)]
    [InlineData(9, 7)]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    public void Padding_on_the_right_and_below_only(int height, int width) =>
        Compare(5 * 9, ws => Apply(ws, 2, height + 1, width + 1, 5, 18, Conv2dGeometry.DownsampleRightBottom));

    [Fact]
    public void Kernels_that_are_not_square() =>
        Compare(4 * 3, ws => Apply(ws, 1, 6, 9, 4, 10, new Conv2dGeometry(1, 3, 1, 0, 2, 0, 1)));

    [Theory]
    [InlineData(DType.F16, 3)]
    [InlineData(DType.F16, 1)]
    [InlineData(DType.BF16, 3)]
    [InlineData(DType.BF16, 1)]
    public void Weights_of_half_width(DType type, int kernel) =>
        Compare(19 * kernel * kernel, ws => Apply(ws, 1, 7, 8, 19, 37, Conv2dGeometry.Square(kernel, 1, kernel / 2), type));

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void A_layer_without_bias(int kernel) =>
        Compare(6 * kernel * kernel, ws => Apply(ws, 1, 5, 5, 6, 20, Conv2dGeometry.Square(kernel, 1, kernel / 2), bias: false));

    [Theory]
    [CombinatorialEpilogues]
    public void Epilogues(Activation activation, bool perChannel, bool residual)
    {
        foreach (int kernel in new[] { 1, 3 })
        {
            Compare(9 * kernel * kernel, ws =>
            {
                var data = new SeededData(3);
                using var weight = TestWeights.PackConv2d(ws.Backend, 5, "conv", 9, 35, Conv2dGeometry.Square(kernel, 1, kernel / 2));
                var x = ws.Upload(data.Uniform(2 * 5 * 6 * 9), new Shape(2, 5, 6, 9));
                var epilogue = new Epilogue(
                    activation,
                    perChannel ? ws.Upload(data.Uniform(2 * 35), new Shape(2, 35)) : null,
                    residual ? ws.Upload(data.Uniform(2 * 5 * 6 * 35), new Shape(2, 5, 6, 35)) : null);
                return ws.Conv2d(x, weight, epilogue);
            });
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Views_at_odd_offsets_and_nothing_written_around_the_result(int kernel) =>
        Compare(7 * kernel * kernel, ws =>
        {
            var data = new SeededData(4);
            using var weight = TestWeights.PackConv2d(ws.Backend, 6, "conv", 7, 21, Conv2dGeometry.Square(kernel, 1, kernel / 2));
            var x = Offset(ws, data.Uniform(2 * 6 * 7 * 7), new Shape(2, 6, 7, 7));
            var residual = Offset(ws, data.Uniform(2 * 6 * 7 * 21), new Shape(2, 6, 7, 21), 1);
            return Guarded(ws, new Shape(2, 6, 7, 21), y => ws.Backend.Conv2d(x, weight, new Epilogue(Residual: residual), y));
        });

    [Fact]
    public void One_weight_serves_maps_of_different_size() =>
        Compare(8 * 9, ws =>
        {
            var data = new SeededData(7);
            using var weight = TestWeights.PackConv2d(ws.Backend, 8, "conv", 8, 16, Conv2dGeometry.Square(3, 1, 1));
            ws.Conv2d(ws.Upload(data.Uniform(1 * 16 * 16 * 8), new Shape(1, 16, 16, 8)), weight);
            return ws.Conv2d(ws.Upload(data.Uniform(2 * 3 * 5 * 8), new Shape(2, 3, 5, 8)), weight);
        });

    [Fact]
    public void A_batch_of_no_sample_is_empty() => Assert.Empty(Run(ws =>
    {
        using var weight = TestWeights.PackConv2d(ws.Backend, 8, "conv", 3, 4, Conv2dGeometry.Square(3, 1, 1));
        return ws.Conv2d(ws.Rent(new Shape(0, 4, 4, 3)), weight);
    }));

    // An algorithm over tiles may spread a NaN over its tile, so a border of 8 pixels around the NaN is not looked at.
    [Theory]
    [InlineData(float.NaN, 1)]
    [InlineData(float.NaN, 3)]
    [InlineData(float.PositiveInfinity, 3)]
    public void What_is_not_finite_reaches_every_result_that_reads_it_and_stays_near(float value, int kernel)
    {
        const int Side = 20, Inputs = 3, Outputs = 18, Row = 9, Column = 10;
        var y = Run(ws =>
        {
            using var weight = TestWeights.PackConv2d(ws.Backend, 9, "conv", Inputs, Outputs, Conv2dGeometry.Square(kernel, 1, kernel / 2));
            var x = new SeededData(9).Uniform(2 * Side * Side * Inputs);
            x[(Row * Side + Column) * Inputs + 1] = value;
            return ws.Conv2d(ws.Upload(x, new Shape(2, Side, Side, Inputs)), weight);
        });
        for (int n = 0; n < 2; n++)
        {
            for (int row = 0; row < Side; row++)
            {
                for (int column = 0; column < Side; column++)
                {
                    int away = Math.Max(Math.Abs(row - Row), Math.Abs(column - Column));
                    for (int c = 0; c < Outputs; c++)
                    {
                        bool finite = float.IsFinite(y[((n * Side + row) * Side + column) * Outputs + c]);
                        if (n == 0 && away <= kernel / 2) Assert.False(finite, $"row {row}, column {column}, channel {c}");
                        if (n == 1 || away > 8) Assert.True(finite, $"sample {n}, row {row}, column {column}, channel {c}");
                    }
                }
            }
        }
    }

    void Compare(int terms, Func<Workspace, Tensor> run) => Compare(Tolerance.Sum(terms, Math.Sqrt(3.0 / terms), Winograd), run);

    static Tensor Apply(
        Workspace ws, int samples, int height, int width, int inputs, int outputs, Conv2dGeometry geometry, DType type = DType.F32, bool bias = true)
    {
        var shape = new Shape(samples, height, width, inputs);
        using var weight = TestWeights.PackConv2d(ws.Backend, 1, "conv", inputs, outputs, geometry, type, bias);
        return ws.Conv2d(ws.Upload(new SeededData(2).Uniform(shape.Count), shape), weight);
    }
}
