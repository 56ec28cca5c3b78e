using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>The kernels on factors that are bfloat16 already: float32's own bound must hold.</summary>
public sealed unsafe class Bfloat16KernelTests
{
    public static TheoryData<bool, int, int, int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<bool, int, int, int, bool>();
            foreach (bool tiles in (bool[])[false, true])
                for (int vectors = 1; vectors <= Bfloat16Kernels.PanelVectors; vectors++)
                {
                    cases.Add(tiles, 1, 1, vectors, false);
                    cases.Add(tiles, 3, 5, vectors, true);
                }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_product_equals_the_double_loop(bool tiles, int rowTiles, int steps, int vectors, bool continued)
    {
        Bfloat16Machines.Require(tiles);
        var kernels = Bfloat16Kernels.TryCreate(new ProcessorFeatures(!tiles, tiles), out string? refusal);
        Assert.Null(refusal);
        int rows = rowTiles * kernels!.TileRows, inputs = steps * kernels.StepInputs, columns = vectors * 16, stride = inputs + 32;
        var data = new SeededData(rows + inputs + columns);
        float[] a = Rounded(data.Uniform(rows * inputs)), b = Rounded(data.Uniform(inputs * columns)), before = data.Uniform(rows * columns);
        var left = new ushort[rows * stride];
        var right = new ushort[inputs * columns];
        var sums = new float[rows * columns + 1];
        Array.Fill(sums, float.NaN);
        if (continued) before.CopyTo(sums, 0);
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < inputs; i++) left[r * stride + i] = Bfloat16Rounding.Round(a[r * inputs + i]);
        for (int i = 0; i < inputs; i++)
            for (int j = 0; j < columns; j++) right[(i / 2 * columns + j) * 2 + i % 2] = Bfloat16Rounding.Round(b[i * columns + j]);
        fixed (ushort* pa = left, pb = right)
        fixed (float* pc = sums)
        {
            var call = new Bfloat16Call
            {
                A = (nint)pa,
                AStride = stride * sizeof(ushort),
                B = (nint)pb,
                C = (nint)pc,
                Steps = steps,
                Tiles = rowTiles,
                Continue = continued ? 1 : 0,
            };
            kernels.Multiply(ref call, vectors);
        }
        Assert.True(float.IsNaN(sums[^1]), "a value behind the result was written");
        var expected = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = continued ? before[r * columns + j] : 0;
                for (int i = 0; i < inputs; i++) sum += (double)a[r * inputs + i] * b[i * columns + j];
                expected[r * columns + j] = (float)sum;
            }
        }
        Tolerance.Sum(inputs + 1, 1).Assert($"{kernels.Name}, {vectors} vectors", expected, sums.AsSpan(0, expected.Length));
    }

    [Fact]
    public void Values_are_rounded_to_the_nearest()
    {
        // Ties go to even; what rounds up to the next power or to infinity; NaN whose high bits alone would be an infinity.
        Assert.Equal(0x3f80, Bfloat16Rounding.Round(1));
        Assert.Equal(0x3f80, Bfloat16Rounding.Round(1 + 1f / 256));
        Assert.Equal(0x3f82, Bfloat16Rounding.Round(1 + 3f / 256));
        Assert.Equal(0x3f81, Bfloat16Rounding.Round(MathF.BitIncrement(1 + 1f / 256)));
        Assert.Equal(0x4000, Bfloat16Rounding.Round(MathF.BitDecrement(2)));
        Assert.Equal(0x7f80, Bfloat16Rounding.Round(float.MaxValue));
        Assert.Equal(0xff80, Bfloat16Rounding.Round(float.NegativeInfinity));
        Assert.Equal(0x8000, Bfloat16Rounding.Round(-0f));
        foreach (uint nan in (uint[])[0x7f800001, 0x7fffffff, 0xffffffff, 0xff800001])
            Assert.True(float.IsNaN(Widened(Bfloat16Rounding.Round(BitConverter.UInt32BitsToSingle(nan)))));
    }

    [Fact]
    public void Rows_are_rounded_as_single_values_are_and_padded_with_zeros()
    {
        var bits = new SeededData(3).Uniform(77);
        for (int i = 0; i < bits.Length; i++) bits[i] = BitConverter.UInt32BitsToSingle((uint)(i * 55_555_555));
        var rounded = new ushort[96];
        Array.Fill(rounded, (ushort)1);
        fixed (float* from = bits)
        fixed (ushort* to = rounded) Bfloat16Rounding.Round(from, bits.Length, to, rounded.Length);
        for (int i = 0; i < rounded.Length; i++) Assert.Equal(i < bits.Length ? Bfloat16Rounding.Round(bits[i]) : 0, rounded[i]);
    }

    internal static float[] Rounded(float[] values) => [.. values.Select(v => Widened(Bfloat16Rounding.Round(v)))];

    static float Widened(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}
