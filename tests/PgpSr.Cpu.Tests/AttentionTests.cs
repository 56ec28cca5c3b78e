using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

/// <summary>Attention against the double-precision reference, at sizes on and around the kernel's blocks of 96 queries and 384 keys.</summary>
public sealed class AttentionTests
{
    // A score of depth terms of size up to `largest` has an absolute error of (depth + 4) u largest in its exponent; the sums over keys are of
    // positive weights that add up to 1, so they add roundings of the values only.
    static Tolerance Bound(int depth, double largest, int keys) =>
        new(2 * (depth + 4) * Tolerance.UnitRoundoff * largest + (keys / 4 + 16) * Tolerance.UnitRoundoff);

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 2, 3, 5, 7)]
    [InlineData(2, 3, 65, 77, 40)]
    [InlineData(1, 2, 97, 384, 64)]
    [InlineData(1, 1, 96, 385, 16)]
    [InlineData(2, 1, 200, 1000, 24)]
    [InlineData(1, 1, 13, 800, 80)]
    [InlineData(1, 1, 5, 49, 160)]
    [InlineData(1, 1, 30, 400, 512)]
    public void Attention_matches_the_reference(int samples, int heads, int queries, int keys, int depth)
    {
        var data = new SeededData(20);
        int channels = heads * depth;
        float scale = 1 / MathF.Sqrt(depth);
        new Trial().With(data.Uniform((long)samples * queries * channels, -2, 2), samples, queries, channels)
            .With(data.Uniform((long)samples * keys * channels, -2, 2), samples, keys, channels)
            .With(data.Uniform((long)samples * keys * channels), samples, keys, channels)
            .Check($"attention {samples}x{heads} heads, {queries} queries, {keys} keys, depth {depth}", new Shape(samples, queries, channels),
                Bound(depth, 4 * Math.Sqrt(depth), keys),
                (b, i, y) => b.Attention(i[0], i[1], i[2], heads, scale, causal: false, y));
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 8)]
    [InlineData(77, 40)]
    [InlineData(96, 8)]
    [InlineData(385, 16)]
    [InlineData(900, 8)]
    public void Causal_attention_sees_no_later_key(int tokens, int depth)
    {
        const int Heads = 2;
        var data = new SeededData(21);
        int channels = Heads * depth;
        // A later key that were seen would win: keys and queries grow with the position.
        var trial = new Trial().With(data.Uniform((long)tokens * channels, -2, 2), 1, tokens, channels)
            .With(data.Uniform((long)tokens * channels, -2, 2), 1, tokens, channels).With(data.Uniform((long)tokens * channels), 1, tokens, channels);
        trial.Check($"causal attention over {tokens}", new Shape(1, tokens, channels), Bound(depth, 4 * Math.Sqrt(depth), tokens),
            (b, i, y) => b.Attention(i[0], i[1], i[2], Heads, 1 / MathF.Sqrt(depth), causal: true, y));
    }

    [Theory]
    [InlineData(30f)]
    [InlineData(-30f)]
    [InlineData(0f)]
    public void Scores_far_apart_neither_overflow_nor_vanish(float scale)
    {
        // Score sizes grow from the last block of keys, where the reference is set, to the first: references must be raised on the way, more than
        // once.
        const int Queries = 20, Keys = 1700, Depth = 8;
        var data = new SeededData(22);
        float[] k = data.Uniform(Keys * Depth);
        for (int key = 0; key < Keys; key++)
            for (int c = 0; c < Depth; c++) k[key * Depth + c] *= 1 + (Keys - key) / 200f;
        new Trial().With(data.Uniform(Queries * Depth), 1, Queries, Depth).With(k, 1, Keys, Depth).With(data.Uniform(Keys * Depth), 1, Keys, Depth)
            .Check($"attention with scale {scale}", new Shape(1, Queries, Depth), Bound(Depth, 30 * 9.5 * Depth, Keys), (b, i, y) =>
                b.Attention(i[0], i[1], i[2], 1, scale, causal: false, y));
    }

    [Fact]
    public void Not_a_number_in_a_key_reaches_all_queries_and_in_a_query_only_itself()
    {
        const int Tokens = 900, Depth = 8;
        var data = new SeededData(23);
        float[] q = data.Uniform(Tokens * Depth), k = data.Uniform(Tokens * Depth), v = data.Uniform(Tokens * Depth);
        q[3 * Depth] = float.NaN;
        new Trial().With(q, 1, Tokens, Depth).With(k, 1, Tokens, Depth).With(v, 1, Tokens, Depth)
            .Check("NaN in a query", new Shape(1, Tokens, Depth), Bound(Depth, Depth, Tokens), (b, i, y) =>
                b.Attention(i[0], i[1], i[2], 1, 1, causal: false, y));
        k[100 * Depth] = float.NaN;
        new Trial().With(q, 1, Tokens, Depth).With(k, 1, Tokens, Depth).With(v, 1, Tokens, Depth)
            .Check("NaN in a key", new Shape(1, Tokens, Depth), Bound(Depth, Depth, Tokens), (b, i, y) =>
                b.Attention(i[0], i[1], i[2], 1, 1, causal: false, y));
    }

    [Fact]
    public void A_second_run_allocates_nothing_and_a_running_one_stops_soon_after_cancellation()
    {
        const int Tokens = 8192, Depth = 512;
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var x = backend.CreateTensor(new Shape(1, Tokens, Depth));
        using var y = backend.CreateTensor(new Shape(1, Tokens, Depth));
        backend.Fill(0.01f, x);
        using var small = backend.CreateTensor(new Shape(1, 200, Depth));
        backend.Fill(0.01f, small);
        backend.Attention(small, x, x, 1, 1, causal: false, small);
        long scratch = backend.ScratchBytes, least = long.MaxValue;
        // A collection that another test causes counts what is left of this thread's allocation context as allocated: one run of a few is undisturbed.
        for (int run = 0; run < 5 && least > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            backend.Attention(small, x, x, 1, 1, causal: false, small);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
        Assert.Equal(scratch, backend.ScratchBytes);

        using var stop = new StopRequest(TimeSpan.FromMilliseconds(30));
        backend.CancellationToken = stop.Token;
        Assert.Throws<OperationCanceledException>(() => backend.Attention(x, x, x, 1, 1, causal: false, y));
        Assert.InRange(stop.Late.TotalMilliseconds, 0, 50);
    }
}
