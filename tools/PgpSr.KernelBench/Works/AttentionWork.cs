namespace PgpSr.KernelBench;

/// <summary>
/// softmax(q kᵀ / sqrt(headSize)) v per head: q [queries, heads * headSize], k and v [keys, heads * headSize].
/// Shape: <c>heads x queries x headSize</c> (self) or <c>heads x queries x keys x headSize</c> (cross).
/// </summary>
public sealed record AttentionWork(int Heads, int Queries, int Keys, int HeadSize)
    : Work("attention", Queries == Keys ? $"{Heads}x{Queries}x{HeadSize}" : $"{Heads}x{Queries}x{Keys}x{HeadSize}")
{
    /// <inheritdoc/>
    public override double Flops => 4.0 * Heads * Queries * Keys * HeadSize;

    /// <summary>Channels of a token.</summary>
    public int Channels => Heads * HeadSize;

    /// <summary>Approximated exponentials are allowed.</summary>
    public override double Tolerance => 1e-3;

    /// <summary>Queries [queries, heads * headSize].</summary>
    public float[] Q() => Noise.Uniform(Checked((double)Queries * Channels, Shape), 3, 1);

    /// <summary>Keys [keys, heads * headSize].</summary>
    public float[] K() => Noise.Uniform(Checked((double)Keys * Channels, Shape), 3, 2);

    /// <summary>Values [keys, heads * headSize].</summary>
    public float[] V() => Noise.Uniform(Checked((double)Keys * Channels, Shape), 1, 3);

    internal static Work? Parse(string operation, string shape)
    {
        if (operation != "attention") return null;
        if (Sizes(shape, "x", 3) is { } self) return new AttentionWork(self[0], self[1], self[1], self[2]);
        return Sizes(shape, "x", 4) is { } cross ? new AttentionWork(cross[0], cross[1], cross[2], cross[3]) : null;
    }
}
