using PgpSr.Tensors;

namespace PgpSr.Models;

// diffusers Attention: to_q, to_k, to_v without bias (with, in the VAE), softmax(q k / sqrt(d)) v, to_out.0 with bias, + residual.
sealed class Attention(Linear toQ, Linear toK, Linear toV, Linear toOut, int heads)
{
    public static Attention Load(WeightScope w, int channels, int contextChannels, int heads, bool bias = false) => new(
        toQ: Linear.Load(w["to_q"], channels, channels, bias),
        toK: Linear.Load(w["to_k"], contextChannels, channels, bias),
        toV: Linear.Load(w["to_v"], contextChannels, channels, bias),
        toOut: Linear.Load(w["to_out"][0], channels, channels),
        heads);

    /// <param name="ws">Workspace.</param>
    /// <param name="x">Normalized input [N, ..., C]; given back.</param>
    /// <param name="context">Where keys and values come from; null for x itself.</param>
    /// <param name="residual">Added to the result.</param>
    public Tensor Forward(Workspace ws, Tensor x, Tensor? context, Tensor residual)
    {
        using var scope = ws.Scope(nameof(Attention));
        var (k, v) = Project(ws, context ?? x, x.Type);
        var q = ws.Replace(x, toQ.Forward(ws, x));
        var h = ws.Attention(q, k, v, heads);
        q.Dispose();
        k.Dispose();
        v.Dispose();
        return scope.Return(toOut.Forward(ws, h, new Epilogue(Residual: residual)));
    }

    /// <summary>The same with keys and values projected before, which are kept.</summary>
    public Tensor Forward(Workspace ws, Tensor x, (Tensor K, Tensor V) projected, Tensor residual)
    {
        using var scope = ws.Scope(nameof(Attention));
        var q = ws.Replace(x, toQ.Forward(ws, x));
        var h = ws.Attention(q, projected.K, projected.V, heads);
        q.Dispose();
        return scope.Return(toOut.Forward(ws, h, new Epilogue(Residual: residual)));
    }

    /// <summary>Keys and values of a context, in the type of the queries that will meet them.</summary>
    public (Tensor K, Tensor V) Project(Workspace ws, Tensor context, DType type) =>
        (toK.Forward(ws, context, type: type), toV.Forward(ws, context, type: type));
}
