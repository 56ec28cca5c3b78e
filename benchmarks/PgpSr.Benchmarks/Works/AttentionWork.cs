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

    public override double Bytes => 4.0 * Samples * Heads * HeadSize * (2.0 * Queries + 2.0 * Keys);

    /// <summary>Approximated exponentials are allowed.</summary>
    public override double Tolerance => 1e-3;

    /// <summary>Queries, keys, values: their shapes, and how large their numbers are.</summary>
    public (Shape Shape, float Scale)[] Inputs => [(Tokens(Queries), 3), (Tokens(Keys), 3), (Tokens(Keys), 1)];

    Shape Tokens(int count) => new(Samples, count, Heads * HeadSize);

    protected override Action Prepared(BackendWork work)
    {
        Tensor[] inputs = [.. Inputs.Select(input => work.Filled(input.Shape, input.Scale))];
        Tensor y = work.Output(Tokens(Queries));
        float scale = 1 / float.Sqrt(HeadSize);
        return () => work.Backend.Attention(inputs[0], inputs[1], inputs[2], Heads, scale, causal: false, y);
    }

    internal static Work? Parse(string operation, string shape) =>
        operation != "attention" ? null
        : Sizes(shape, "x", 3) is { } self ? new AttentionWork(self[1], self[2], self[2], self[3], self[0])
        : Sizes(shape, "x", 4) is { } cross ? new AttentionWork(cross[1], cross[2], cross[3], cross[4], cross[0]) : null;
}
