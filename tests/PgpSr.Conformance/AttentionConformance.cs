using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Conformance;

/// <summary><see cref="Backend.Attention"/>.</summary>
public abstract class AttentionConformance(BackendFixture fixture) : BackendConformance(fixture)
{
    [Theory]
    [InlineData(1, 1, 1, 1, 1, false)]
    [InlineData(2, 5, 7, 3, 8, false)]
    [InlineData(1, 1, 9, 2, 5, false)]
    [InlineData(1, 6, 1, 1, 64, false)]
    [InlineData(2, 13, 77, 2, 40, false)]
    [InlineData(1, 70, 70, 1, 64, false)]
    [InlineData(1, 9, 300, 2, 16, false)]
    [InlineData(1, 33, 17, 1, 80, false)]
    [InlineData(1, 12, 12, 1, 512, false)]
    [InlineData(1, 10, 11, 5, 3, false)]
    [InlineData(2, 1, 1, 2, 4, true)]
    [InlineData(2, 77, 77, 2, 16, true)]
    [InlineData(1, 33, 33, 3, 64, true)]
    [InlineData(1, 130, 130, 1, 8, true)]
    public void Any_size(int samples, int queries, int keys, int heads, int depth, bool causal) =>
        Compare(keys, depth, 1, ws => Apply(ws, samples, queries, keys, heads, depth, causal, 1));

    [Fact]
    public void Weights_that_pick_one_key() => Compare(150, 40, 60, ws => Apply(ws, 1, 20, 150, 2, 40, false, 60));

    [Fact]
    public void Logits_that_grow_along_the_keys_are_rescaled_as_they_come() =>
        Compare(400, 8, 400, ws =>
        {
            var data = new SeededData(3);
            var k = data.Uniform(400 * 8);
            for (int i = 0; i < k.Length; i++) k[i] += i / 8;
            return ws.Attention(
                ws.Upload(data.Uniform(9 * 8, 0, 1), new Shape(1, 9, 8)), ws.Upload(k, new Shape(1, 400, 8)),
                    ws.Upload(data.Uniform(400 * 8), new Shape(1, 400, 8)), 1);
        });

    [Fact]
    public void A_scale_of_ones_own() =>
        Compare(20, 8, 8, ws =>
        {
            var data = new SeededData(4);
            var shape = new Shape(1, 20, 16);
            return ws.Attention(ws.Upload(data.Uniform(320), shape), ws.Upload(data.Uniform(320), shape), ws.Upload(data.Uniform(320), shape), 2,
                scale: 2.5f);
        });

    [Fact]
    public void Equal_logits_give_the_mean_of_the_values()
    {
        var values = Stored(new SeededData(5).Uniform(77 * 12));
        var y = Run(ws => ws.Attention(
            ws.Upload(new float[12], new Shape(1, 1, 12)), ws.Upload(new SeededData(6).Uniform(77 * 12), new Shape(1, 77, 12)),
                ws.Upload(values, new Shape(1, 77, 12)), 3));
        float[] means = [.. Enumerable.Range(0, 12).Select(c => (float)Enumerable.Range(0, 77).Average(t => (double)values[t * 12 + c]))];
        Allowed(new Tolerance(77 * Tolerance.UnitRoundoff)).Assert(Fixture.Name, means, y);
    }

    [Fact]
    public void Views_at_odd_offsets_and_nothing_written_around_the_result() =>
        Compare(19, 10, 1, ws =>
        {
            var data = new SeededData(7);
            var q = Offset(ws, data.Uniform(2 * 11 * 30), new Shape(2, 11, 30), 1);
            var k = Offset(ws, data.Uniform(2 * 19 * 30), new Shape(2, 19, 30), 3);
            var v = Offset(ws, data.Uniform(2 * 19 * 30), new Shape(2, 19, 30), 5);
            return Guarded(ws, new Shape(2, 11, 30), y => ws.Backend.Attention(q, k, v, 3, 0.3f, false, y));
        });

    [Fact]
    public void A_NaN_in_a_query_fills_its_row_of_that_head()
    {
        const int Tokens = 40, Heads = 2, Depth = 9;
        var y = WithNaN(0, (17 * Heads + 1) * Depth + 4);
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i / Depth == 17 * Heads + 1), $"[{i}] = {y[i]}");
        Assert.Equal(Tokens * Heads * Depth, y.Length);
    }

    [Fact]
    public void A_NaN_in_a_key_fills_its_head()
    {
        var y = WithNaN(1, (33 * 2 + 0) * 9 + 8);
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i / 9 % 2 == 0), $"[{i}] = {y[i]}");
    }

    [Fact]
    public void A_NaN_in_a_value_fills_its_channel()
    {
        var y = WithNaN(2, (5 * 2 + 1) * 9 + 3);
        for (int i = 0; i < y.Length; i++) Assert.True(float.IsNaN(y[i]) == (i % 18 == 12), $"[{i}] = {y[i]}");
    }

    float[] WithNaN(int which, int index) => Run(ws =>
    {
        var data = new SeededData(8);
        float[][] values = [data.Uniform(40 * 18), data.Uniform(40 * 18), data.Uniform(40 * 18)];
        values[which][index] = float.NaN;
        var shape = new Shape(1, 40, 18);
        return ws.Attention(ws.Upload(values[0], shape), ws.Upload(values[1], shape), ws.Upload(values[2], shape), 2);
    });

    // A logit of `depth` products carries depth * u * |q k| / sqrt(depth); the weights change by that factor, both ways, and sum over the keys.
    void Compare(int keys, int depth, double size, Func<Workspace, Tensor> run) =>
        Compare(new Tolerance(4 * Tolerance.UnitRoundoff * (depth * size / Math.Sqrt(depth) + size * Math.Sqrt(depth) + keys + 8)), run);

    static Tensor Apply(Workspace ws, int samples, int queries, int keys, int heads, int depth, bool causal, float size)
    {
        var data = new SeededData(2);
        Shape q = new(samples, queries, heads * depth), k = new(samples, keys, heads * depth);
        return ws.Attention(ws.Upload(data.Uniform(q.Count, -size, size), q), ws.Upload(data.Uniform(k.Count), k),
            ws.Upload(data.Uniform(k.Count), k), heads, causal);
    }
}
