namespace PgpSr.Gpu.Attention;

/// <summary>q, y [samples, queries, heads * depth]; k, v [samples, keys, heads * depth].</summary>
readonly record struct AttentionShape(int Samples, int Queries, int Keys, int Heads, int Depth, float Scale, int Causal) : IKernelFields
{
    /// <summary>Elements from one token to the next.</summary>
    public int TokenStride => Heads * Depth;

    public void Write(ref KernelArguments to) => to.Add(Samples).Add(Queries).Add(Keys).Add(Heads).Add(Depth).Add(Scale).Add(Causal);
}
