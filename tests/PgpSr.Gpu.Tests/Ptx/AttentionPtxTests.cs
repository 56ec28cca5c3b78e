using PgpSr.Gpu.Attention;
using PgpSr.Gpu.Ptx;

namespace PgpSr.Gpu.Tests.Ptx;

/// <summary>The text of the tensor-core attention, executed instruction by instruction, against the definition in double precision.</summary>
public sealed class AttentionPtxTests
{
    const int Seed = 21;

    [Theory]
    [InlineData(1, 130, 130, 2, 64, false)]
    [InlineData(2, 20, 77, 3, 64, false)]
    [InlineData(1, 1, 1, 1, 64, false)]
    [InlineData(1, 70, 200, 1, 32, false)]
    [InlineData(1, 40, 65, 2, 48, false)]
    [InlineData(1, 70, 70, 1, 128, false)]
    [InlineData(1, 20, 130, 1, 80, false)]
    [InlineData(1, 77, 77, 2, 64, true)]
    [InlineData(1, 150, 150, 1, 16, true)]
    [InlineData(1, 70, 130, 1, 128, true)]
    public void Weighted_means_of_values(int samples, int queries, int keys, int heads, int depth, bool causal) =>
        Check(samples, queries, keys, heads, depth, causal, spread: 1f);

    [Fact]
    public void Large_scores_do_not_overflow() => Check(1, 33, 150, 1, 64, false, spread: 8f);

    [Theory]
    [InlineData(1, 70, 130, 2, 64, false)]
    [InlineData(1, 40, 65, 2, 48, false)]
    [InlineData(1, 20, 130, 1, 128, true)]
    public void Binary16_results(int samples, int queries, int keys, int heads, int depth, bool causal) =>
        Check(samples, queries, keys, heads, depth, causal, spread: 1f, halfResult: true);

    static void Check(int samples, int queries, int keys, int heads, int depth, bool causal, float spread, bool halfResult = false)
    {
        var random = new Random(Seed);
        float[] Factors(int tokens) =>
            [.. Enumerable.Range(0, samples * tokens * heads * depth).Select(_ => ProductPtxTests.Widened(ProductPtxTests.Round((random.NextSingle() * 2 - 1) * spread)))];
        float[] q = Factors(queries), k = Factors(keys), v = Factors(keys);
        float[] y = new float[q.Length];
        Array.Fill(y, float.NaN);
        float scale = 1f / MathF.Sqrt(depth);

        var memory = new PtxMemory();
        ulong result = halfResult ? memory.Upload<ushort>(ProductPtxTests.Bits(y)) : memory.Upload<float>(y);
        var shape = new AttentionShape(samples, queries, keys, heads, depth, scale, causal ? 1 : 0);
        PtxGroup.Launch(
            PtxProgram.Parse(AttentionPtx.Emit(depth, causal, halfResult)), memory, AttentionPtx.Grid(shape),
            AttentionPtx.Arguments(
                shape, memory.Upload<ushort>(ProductPtxTests.Bits(q)), memory.Upload<ushort>(ProductPtxTests.Bits(k)),
                memory.Upload<ushort>(ProductPtxTests.Bits(v)), result));
        float[] actual = halfResult
            ? [.. memory.Download<ushort>(result).Select(ProductPtxTests.Widened)] : memory.Download<float>(result);

        int stride = heads * depth;
        double epsilon = Math.Pow(2, -11);
        double largest = v.Max(MathF.Abs);
        for (int sample = 0; sample < samples; sample++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int query = 0; query < queries; query++)
                {
                    int visible = causal ? Math.Min(keys, query + 1) : keys;
                    int at = (sample * queries + query) * stride + head * depth;
                    double[] scores = [.. Enumerable.Range(0, visible).Select(key =>
                        scale * Enumerable.Range(0, depth).Sum(i => (double)q[at + i] * k[(sample * keys + key) * stride + head * depth + i]))];
                    double maximum = scores.Max();
                    double[] weights = [.. scores.Select(s => Math.Exp(s - maximum))];
                    double total = weights.Sum();
                    for (int i = 0; i < depth; i++)
                    {
                        double expected = Enumerable.Range(0, visible).Sum(key => weights[key] * v[(sample * keys + key) * stride + head * depth + i]) / total;
                        // Weights are rounded to the factors' type, relative error epsilon each; scores are sums of float32.
                        double tolerance = largest * (epsilon + 1e-4 * spread * spread);
                        if (halfResult) tolerance += epsilon * Math.Abs(expected) + Math.Pow(2, -25);
                        Assert.True(
                            Math.Abs(actual[at + i] - expected) <= tolerance, $"[{sample}, {query}, {head}, {i}]: {actual[at + i]} instead of {expected}, tolerance {tolerance:E1}");
                    }
                }
            }
        }
    }
}
