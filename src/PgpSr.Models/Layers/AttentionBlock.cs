using PgpSr.Tensors;

namespace PgpSr.Models;

// The attention of UNets before transformers: group_norm > q, k, v with bias over all pixels > out > + x.
sealed class AttentionBlock(GroupNorm groupNorm, Attention attention)
{
    public static AttentionBlock Load(WeightScope w, int channels, int heads, int groups, float epsilon) => new(
        GroupNorm.Load(w["group_norm"], channels, groups, epsilon),
        Attention.Load(w, channels, channels, heads, bias: true));

    /// <summary>[N, H, W, C]; gives <paramref name="x"/> back.</summary>
    public Tensor Forward(Workspace ws, Tensor x) => ws.Replace(x, attention.Forward(ws, groupNorm.Forward(ws, x), null, residual: x));
}
