using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// diffusers Transformer2DModel with linear projections: norm > proj_in > blocks > proj_out > + input. Pixels are tokens: channels-last maps need no transpose.
sealed class Transformer2d(GroupNorm norm, Linear projIn, ImmutableArray<TransformerBlock> blocks, Linear projOut)
{
    const float NormEpsilon = 1e-6f; // Transformer2DModel's own, not the UNet's

    public static Transformer2d Load(WeightScope w, int channels, int heads, int depth, int contextChannels, int groups) => new(
        norm:    GroupNorm.Load(w["norm"], channels, groups, NormEpsilon),
        projIn:  Linear.Load(w["proj_in"], channels, channels),
        blocks:  [.. Enumerable.Range(0, depth).Select(i => TransformerBlock.Load(w["transformer_blocks"][i], channels, heads, contextChannels))],
        projOut: Linear.Load(w["proj_out"], channels, channels));

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="context">[N, T, contextChannels], or null.</param>
    public Tensor Forward(Workspace ws, Tensor x, Tensor? context)
    {
        using var scope = ws.Scope(nameof(Transformer2d));
        var h = norm.Forward(ws, x);
        h = ws.Replace(h, projIn.Forward(ws, h));
        foreach (var block in blocks) h = block.Forward(ws, h, context);
        return scope.Return(projOut.Forward(ws, h, new Epilogue(Residual: x)));
    }
}
