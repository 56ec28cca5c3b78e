using PgpSr.Tensors;

namespace PgpSr.Models;

// The bottleneck of both halves: resnets.0 > single-head attention over pixels > resnets.1.
sealed class VaeMiddle(ResnetBlock resnet0, GroupNorm attentionNorm, Attention attention, ResnetBlock resnet1)
{
    public static VaeMiddle Load(WeightScope w, int channels, int groups) => new(
        resnet0: ResnetBlock.Load(w["resnets"][0], channels, channels, groups, VaeEncoder.NormEpsilon),
        attentionNorm: GroupNorm.Load(w["attentions"][0]["group_norm"], channels, groups, VaeEncoder.NormEpsilon),
        attention: Attention.Load(w["attentions"][0], channels, channels, heads: 1, bias: true),
        resnet1: ResnetBlock.Load(w["resnets"][1], channels, channels, groups, VaeEncoder.NormEpsilon));

    /// <summary>Gives <paramref name="x"/> back.</summary>
    public Tensor Forward(Workspace ws, Tensor x)
    {
        x = ws.Replace(x, resnet0.Forward(ws, x, null));
        x = ws.Replace(x, attention.Forward(ws, attentionNorm.Forward(ws, x), null, residual: x));
        return ws.Replace(x, resnet1.Forward(ws, x, null));
    }
}
