using PgpSr.Tensors;

namespace PgpSr.Models;

// The bottleneck: resnets.0 > attentions.0 > resnets.1, or resnets.0 alone.
sealed class UnetMiddle(ResnetBlock resnet0, Transformer2d? transformer, ResnetBlock? resnet1)
{
    public static UnetMiddle Load(WeightScope w, UnetConfig config, UnetMiddleConfig middle) => new(
        ResnetBlock.Load(w["resnets"][0], middle.Channels, middle.Channels, config),
        middle.TransformerDepth < 0 ? null
            : Transformer2d.Load(w["attentions"][0], middle.Channels, middle.Heads, middle.TransformerDepth, config),
        middle.TransformerDepth < 0 ? null
            : ResnetBlock.Load(w["resnets"][1], middle.Channels, middle.Channels, config));

    /// <summary>Attentions that see the text.</summary>
    public IEnumerable<Attention> CrossAttentions => transformer?.CrossAttentions ?? [];

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, C]; kept: it is a skip as well.</param>
    /// <param name="time">silu of the time embedding, or null.</param>
    /// <param name="condition">Text states, or none.</param>
    /// <param name="probe">Looks on, or null.</param>
    public Tensor Forward(Workspace ws, Tensor x, Tensor? time, UnetCondition condition, FeatureProbe? probe)
    {
        var h = resnet0.Forward(ws, x, time);
        if (transformer is not null) h = ws.Replace(h, transformer.Forward(ws, h, condition, probe?.At("mid_block.attentions.0")));
        if (resnet1 is not null) h = ws.Replace(h, resnet1.Forward(ws, h, time));
        probe?.OnStage(ws, "mid_block", h);
        return h;
    }
}
