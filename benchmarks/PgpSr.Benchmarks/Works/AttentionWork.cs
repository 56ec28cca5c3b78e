using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// softmax(q kᵀ / sqrt(headSize)) v per head: q [samples, queries, heads * headSize], k and v [samples, keys, heads * headSize].
/// Shape: <c>heads x queries x headSize</c> (self) or <c>heads x queries x keys x headSize</c> (cross).
/// </summary>
sealed record AttentionWork(int Heads, int Queries, int Keys, int HeadSize, int Samples = 1)
    : Work("attention", Spelled(Samples, Queries == Keys ? $"{Heads}x{Queries}x{HeadSize}" : $"{Heads}x{Queries}x{Keys}x{HeadSize}"))
{
    public override double Flops => 4.0 * Samples * Heads * Queries * Keys * HeadSize;

    public override double Bytes => 4.0 * Samples * Channels * (2.0 * Queries + 2.0 * Keys);

    /// <summary>Of a token.</summary>
    public int Channels => Heads * HeadSize;

    /// <summary>Approximated exponentials are allowed.</summary>
    public override double Tolerance => 1e-3;

    /// <summary>Queries, keys, values: name, tokens, numbers.</summary>
    public IEnumerable<(string Name, int Tokens, float[] Values)> Inputs =>
    [
        ("q", Queries, Noise.Uniform(Checked((double)Samples * Queries * Channels, Shape), 3, 1)),
        ("k", Keys, Noise.Uniform(Checked((double)Samples * Keys * Channels, Shape), 3, 2)),
        ("v", Keys, Noise.Uniform(Checked((double)Samples * Keys * Channels, Shape), 1, 3)),
    ];

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned) { Flops = Flops };
        Tensor[] inputs = [.. Inputs.Select(input => work.Filled(input.Values, Samples, input.Tokens, Channels))];
        Tensor y = work.Output(Samples, Queries, Channels);
        float scale = 1 / float.Sqrt(HeadSize);
        return work.Does(() => backend.Attention(inputs[0], inputs[1], inputs[2], Heads, scale, causal: false, y));
    }

    internal static Work? Parse(string operation, string shape)
    {
        if (operation != "attention") return null;
        if (Sizes(shape, "x", 3) is { } self) return new AttentionWork(self[1], self[2], self[2], self[3], self[0]);
        return Sizes(shape, "x", 4) is { } cross ? new AttentionWork(cross[1], cross[2], cross[3], cross[4], cross[0]) : null;
    }
}
