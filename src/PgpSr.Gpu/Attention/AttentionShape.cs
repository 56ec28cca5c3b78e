namespace PgpSr.Gpu.Attention;

/// <summary>q, y [samples, queries, heads * depth]; k, v [samples, keys, heads * depth].</summary>
readonly record struct AttentionShape(int Samples, int Queries, int Keys, int Heads, int Depth, float Scale, int Causal)
{
    /// <summary>Elements from one token to the next.</summary>
    public int TokenStride => Heads * Depth;
}
