using PgpSr.Tensors;

namespace PgpSr.Models;

// diffusers BasicTransformerBlock: x += attn1(norm1 x); x += attn2(norm2 x, context); x += ff(norm3 x). Without a context there is no attn2 and no
// norm2. In levels of only_cross_attention attn1 sees the context too.
sealed class TransformerBlock(LayerNorm norm1, Attention attn1, LayerNorm? norm2, Attention? attn2, LayerNorm norm3, Linear feedForwardIn,
    Linear feedForwardOut, bool onlyCross)
{
    public static TransformerBlock Load(WeightScope w, int channels, int heads, int contextChannels, bool onlyCross) => new(
        norm1: LayerNorm.Load(w["norm1"], channels),
        attn1: Attention.Load(w["attn1"], channels, onlyCross ? contextChannels : channels, heads),
        norm2: contextChannels == 0 ? null : LayerNorm.Load(w["norm2"], channels),
        attn2: contextChannels == 0 ? null : Attention.Load(w["attn2"], channels, contextChannels, heads),
        norm3: LayerNorm.Load(w["norm3"], channels),
        feedForwardIn: Linear.LoadGeglu(w["ff"]["net"][0]["proj"], channels, 4 * channels),
        feedForwardOut: Linear.Load(w["ff"]["net"][2], 4 * channels, channels),
        onlyCross);

    /// <summary>The attentions that see the text.</summary>
    public IEnumerable<Attention> CrossAttentions => attn2 is null ? [] : onlyCross ? [attn1, attn2] : [attn2];

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, C]; given back: the result takes its place.</param>
    /// <param name="condition">Text states [N, T, contextChannels], or none.</param>
    public Tensor Forward(Workspace ws, Tensor x, UnetCondition condition)
    {
        using var scope = ws.Scope(nameof(TransformerBlock));
        var n = norm1.Forward(ws, x);
        x = ws.Replace(x, onlyCross ? Cross(ws, attn1, n, x, condition) : attn1.Forward(ws, n, null, residual: x));
        if (attn2 is not null) x = ws.Replace(x, Cross(ws, attn2, norm2!.Forward(ws, x), x, condition));
        var h = norm3.Forward(ws, x);
        h = ws.Replace(h, feedForwardIn.Forward(ws, h));                                // [N, H, W, 4C]
        return scope.Return(ws.Replace(x, feedForwardOut.Forward(ws, h, new Epilogue(Residual: x))));
    }

    static Tensor Cross(Workspace ws, Attention attention, Tensor normed, Tensor residual, UnetCondition condition) =>
        condition.TextKeys is { } keys ? attention.Forward(ws, normed, keys[attention], residual)
            : attention.Forward(ws, normed, condition.Context, residual);
}
