namespace PgpSr.Cpu.Tests;

public sealed unsafe class GemmProductTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(6, 17, 64)]
    [InlineData(13, 5, 33)]
    [InlineData(5, 64, 129)]
    [InlineData(3, 9, 20)]
    [InlineData(2, 7, 48)]
    [InlineData(10, 3, 7)]
    [InlineData(4, 0, 8)]
    public void A_product_equals_the_double_loop_at_every_width(int rows, int k, int outputs)
    {
        Check<Lanes512>(rows, k, outputs);
        Check<Lanes256>(rows, k, outputs);
        Check<Lanes128>(rows, k, outputs);
    }

    static void Check<TLanes>(int rows, int k, int outputs)
        where TLanes : struct, ILanes<TLanes>
    {
        var random = new Random(rows * 1000 + k * 10 + outputs);
        int aStride = k + 3, padded = GemmPanels<TLanes>.Padded(outputs), cStride = padded + 5;
        var a = Values(random, rows * aStride);
        var weight = Values(random, outputs * k); // [outputs, k]
        var panels = new float[GemmPanels<TLanes>.Elements(k, outputs) + 1];
        var c = new float[rows * cStride + 1];
        Array.Fill(c, float.NaN);
        fixed (float* pa = a, pw = weight, pp = panels, pc = c)
        {
            GemmPanels<TLanes>.Pack(pw, 1, k, k, outputs, pp);
            GemmProduct<TLanes>.Multiply(rows, k, outputs, pa, aStride, pp, pc, cStride);
        }
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < outputs; j++)
            {
                double sum = 0, size = 0;
                for (int i = 0; i < k; i++)
                {
                    double term = (double)a[r * aStride + i] * weight[j * k + i];
                    sum += term;
                    size += Math.Abs(term);
                }
                // Rounding of a sum of k products in order: k * 2^-24 of the sum of magnitudes.
                float found = c[r * cStride + j];
                Assert.True(Math.Abs(found - sum) <= (k + 1) * Math.ScaleB(1, -24) * size, $"row {r}, column {j}: {found} for {sum}");
            }
            for (int j = padded; j < cStride; j++) Assert.True(float.IsNaN(c[r * cStride + j]), "a column beyond the padding was written");
        }
    }

    static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
}
