using PgpSr.Gpu.Gemm;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>The text of the tensor-core product, executed instruction by instruction, against the definition in double precision.</summary>
public sealed class ProductPtxTests
{
    const int Seed = 20;

    [Theory]
    [InlineData("128x128")]
    [InlineData("64x128")]
    [InlineData("64x64")]
    public void Rows_of_a_matrix_times_a_weight(string tile) =>
        Check(Variant(tile), ProductShape.Linear(150, 75, 72, 136), bias: true, perChannel: false, residual: false);

    [Fact]
    public void An_inner_length_below_one_step() =>
        Check(Variant("64x64"), ProductShape.Linear(5, 5, 8, 6), bias: true, perChannel: false, residual: true);

    [Fact]
    public void A_long_inner_length_goes_round_the_stages() =>
        Check(Variant("64x64"), ProductShape.Linear(70, 70, 520, 70), bias: false, perChannel: false, residual: false);

    [Fact]
    public void More_row_tiles_than_are_walked_together() =>
        Check(Variant("64x64"), ProductShape.Linear(64 * 9 + 3, 64 * 9 + 3, 16, 8), bias: true, perChannel: false, residual: false);

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.QuickGelu)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.LeakyRelu)]
    public void Activations_come_after_bias_and_per_channel_term_and_before_the_residual(Activation activation) =>
        Check(Variant("64x64") with { Activation = activation }, ProductShape.Linear(36, 12, 24, 40), bias: true, perChannel: true, residual: true);

    [Fact]
    public void Value_and_gate_of_neighboring_columns_join() =>
        Check(Variant("64x64") with { Geglu = true }, ProductShape.Linear(36, 36, 24, 72), bias: true, perChannel: false, residual: true);

    [Fact]
    public void An_odd_number_of_columns() =>
        Check(Variant("64x64") with { OddColumns = true }, ProductShape.Linear(36, 12, 24, 3), bias: true, perChannel: true, residual: true);

    [Theory]
    [InlineData("128x128")]
    [InlineData("64x128")]
    [InlineData("64x64")]
    public void Binary16_results(string tile) =>
        Check(Variant(tile) with { HalfResult = true }, ProductShape.Linear(150, 75, 40, 136), bias: true, perChannel: true, residual: true);

    [Fact]
    public void Binary16_results_without_a_residual() =>
        Check(
            Variant("64x64") with { HalfResult = true, Activation = Activation.Silu }, ProductShape.Linear(36, 12, 24, 40), bias: true, perChannel: false,
            residual: false);

    [Fact]
    public void Binary16_results_of_value_and_gate() =>
        Check(Variant("64x64") with { Geglu = true, HalfResult = true }, ProductShape.Linear(36, 36, 24, 72), bias: true, perChannel: false, residual: true);

    [Fact]
    public void Binary16_results_in_an_odd_number_of_columns() =>
        Check(Variant("64x64") with { OddColumns = true, HalfResult = true }, ProductShape.Linear(36, 12, 24, 3), bias: true, perChannel: true, residual: true);

    [Fact]
    public void Binary16_results_of_a_convolution() =>
        Check(
            Variant("64x64") with { Pointwise = false, HalfResult = true }, new ProductShape(2, 9, 11, 40, 20, Conv2dGeometry.Square(3, 1, 1)), bias: true,
            perChannel: true, residual: true);

    [Fact]
    public void Binary16_results_beyond_its_range_become_its_largest()
    {
        var memory = new PtxMemory();
        var variant = Variant("64x64") with { HalfResult = true };
        var shape = ProductShape.Linear(2, 2, 8, 4);
        ushort[] large = Bits([.. Enumerable.Repeat(200f, 8), .. Enumerable.Repeat(-200f, 8)]);
        ulong result = memory.Upload<ushort>(new ushort[8]);
        PtxGroup.Launch(
            PtxProgram.Parse(ProductPtx.Emit(variant)), memory, ProductPtx.Grid(variant.Tile, 2, 4),
            ProductPtx.Arguments(
                shape, memory.Upload<ushort>(large), memory.Upload<ushort>(Bits([.. Enumerable.Repeat(200f, 32)])),
                memory.Upload<float>(new float[64]), null, 0, null, result));
        Assert.Equal([65504f, 65504f, 65504f, 65504f, -65504f, -65504f, -65504f, -65504f], memory.Download<ushort>(result).Select(Widened));
    }

    [Theory]
    [InlineData(3, 1, "64x64")]
    [InlineData(3, 2, "64x64")]
    [InlineData(1, 2, "64x64")]
    [InlineData(3, 1, "128x128")]
    [InlineData(3, 1, "64x128")]
    public void Convolutions_with_zeros_around(int kernel, int stride, string tile)
    {
        var geometry = Conv2dGeometry.Square(kernel, stride, kernel / 2);
        Check(Variant(tile) with { Pointwise = false }, new ProductShape(2, 9, 11, 40, 20, geometry), bias: true, perChannel: true, residual: true);
    }

    [Fact]
    public void A_convolution_padded_below_and_to_the_right() =>
        Check(
            Variant("64x64") with { Pointwise = false }, new ProductShape(1, 8, 6, 8, 10, Conv2dGeometry.DownsampleRightBottom), bias: true, perChannel: false,
            residual: false);

    static ProductVariant Variant(string tile) =>
        new(ProductTile.All.Single(t => t.ToString() == tile), Pointwise: true, Activation.None, Geglu: false, OddColumns: false);

    static void Check(ProductVariant variant, ProductShape shape, bool bias, bool perChannel, bool residual)
    {
        var random = new Random(Seed);
        int pixels = shape.Rows / shape.RowsPerSample * shape.Height * shape.Width;
        if (shape.Taps == 1 && shape.Height == 1) pixels = shape.Rows;
        float[] x = Factors(random, pixels * shape.PaddedChannels);
        float[] weight = Factors(random, shape.Columns * shape.Taps * shape.PaddedChannels);
        int outputs = variant.Geglu ? shape.Columns / 2 : shape.Columns;
        float[] biases = Values(random, variant.Tile.CountColumns(shape.Columns) * variant.Tile.Columns, bias);
        float[] perChannels = Values(random, shape.Rows / shape.RowsPerSample * outputs, perChannel);
        float[] residuals = Values(random, shape.Rows * outputs, residual);
        if (variant.HalfResult) residuals = [.. residuals.Select(r => Widened(Round(r)))];
        float[] y = new float[shape.Rows * outputs];
        Array.Fill(y, float.NaN);

        var memory = new PtxMemory();
        ulong Upload(float[] values) => variant.HalfResult ? memory.Upload<ushort>(Bits(values)) : memory.Upload<float>(values);
        ulong result = Upload(y);
        var program = PtxProgram.Parse(ProductPtx.Emit(variant));
        ulong left = memory.Upload<ushort>(Bits(x)), right = memory.Upload<ushort>(Bits(weight)), bias32 = memory.Upload<float>(biases);
        ulong? channelTerm = perChannel ? memory.Upload<float>(perChannels) : null, other = residual ? Upload(residuals) : null;
        PtxGroup.Launch(
            program, memory, ProductPtx.Grid(variant.Tile, shape.Rows, shape.Columns),
            ProductPtx.Arguments(shape, left, right, bias32, channelTerm, outputs, other, result));
        float[] actual = variant.HalfResult
            ? [.. memory.Download<ushort>(result).Select(Widened)] : memory.Download<float>(result);

        for (int row = 0; row < shape.Rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                int column = variant.Geglu ? output * 2 : output;
                var (sum, norm) = Product(shape, x, weight, row, column);
                sum += biases[column];
                if (perChannel) sum += perChannels[row / shape.RowsPerSample * outputs + output];
                double expected = Activate(variant.Activation, sum);
                if (variant.Geglu)
                {
                    var (gate, gateNorm) = Product(shape, x, weight, row, column + 1);
                    gate += biases[column + 1];
                    expected = sum * Activate(Activation.Gelu, gate);
                    norm = norm * (1 + Math.Abs(gate)) + gateNorm * (1 + Math.Abs(sum));
                }
                if (residual) expected += residuals[row * outputs + output];
                // Products of halves are exact in float32; each addition rounds once. Slopes of the activations stay below 1.13; the error
                // function's approximation is 1.5e-7 of its argument's size.
                double tolerance = 1.2 * (shape.Taps * shape.PaddedChannels + 4) * Math.Pow(2, -24) * (norm + 4) + 4e-7 * (1 + Math.Abs(expected));
                // A stored half is rounded once more: 2^-11 of its size, or half of the distance of subnormal ones.
                if (variant.HalfResult) tolerance += Math.Pow(2, -11) * (Math.Abs(expected) + tolerance) + Math.Pow(2, -25);
                float found = actual[row * outputs + output];
                Assert.True(Math.Abs(found - expected) <= tolerance, $"{variant.Name} [{row}, {output}]: {found} instead of {expected}, tolerance {tolerance:E1}");
            }
        }
    }

    static (double Sum, double Norm) Product(ProductShape shape, float[] x, float[] weight, int row, int column)
    {
        double sum = 0, norm = 0;
        int perSample = shape.OutputHeight * shape.OutputWidth;
        int sample = row / perSample, pixel = row % perSample;
        for (int tap = 0; tap < shape.Taps; tap++)
        {
            int y = pixel / shape.OutputWidth * shape.Stride - shape.PadTop + tap / shape.KernelWidth;
            int across = pixel % shape.OutputWidth * shape.Stride - shape.PadLeft + tap % shape.KernelWidth;
            if (y < 0 || y >= shape.Height || across < 0 || across >= shape.Width) continue;
            int from = ((sample * shape.Height + y) * shape.Width + across) * shape.PaddedChannels;
            int with = (column * shape.Taps + tap) * shape.PaddedChannels;
            for (int i = 0; i < shape.PaddedChannels; i++)
            {
                double product = (double)x[from + i] * weight[with + i];
                sum += product;
                norm += Math.Abs(product);
            }
        }
        return (sum, norm);
    }

    static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        Activation.Relu => Math.Max(x, 0),
        Activation.LeakyRelu => x < 0 ? 0.2 * x : x,
        Activation.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
        _ => x,
    };

    // The series 2/sqrt(pi) sum (-1)^n x^(2n+1) / (n! (2n+1)); arguments stay small enough for it.
    static double Erf(double x)
    {
        if (Math.Abs(x) > 5) return Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    static float[] Factors(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Widened(Round(random.NextSingle() * 2 - 1)))];

    static float[] Values(Random random, int count, bool present) => [.. Enumerable.Range(0, count).Select(_ => present ? random.NextSingle() * 2 - 1 : 0f)];

    internal static ushort[] Bits(float[] values) => [.. values.Select(Round)];

    internal static ushort Round(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    internal static float Widened(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);
}
