using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// diffusers Transformer2DModel with linear projections: norm > proj_in > blocks > proj_out > + input. Pixels are tokens: channels-last maps need no
// transpose.
sealed class Transformer2d(GroupNorm norm, Linear projIn, ImmutableArray<TransformerBlock> blocks, Linear projOut)
{
    const float NormEpsilon = 1e-6f; // Transformer2DModel's own, not the UNet's

    public static Transformer2d Load(WeightScope w, int channels, int heads, int depth, UnetConfig config, bool onlyCross = false) => new(
        norm: GroupNorm.Load(w["norm"], channels, config.Groups(channels), NormEpsilon),
        projIn: Linear.Load(w["proj_in"], channels, channels),
        blocks: [.. Enumerable.Range(0, depth)
            .Select(i => TransformerBlock.Load(w["transformer_blocks"][i], channels, heads, config.ContextChannels, onlyCross))],
        projOut: Linear.Load(w["proj_out"], channels, channels));

    /// <summary>Attentions that see the text.</summary>
    public IEnumerable<Attention> CrossAttentions => blocks.SelectMany(block => block.CrossAttentions);

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="condition">Text states [N, T, contextChannels], or none.</param>
    /// <param name="probe">Looks at what goes in and out of each block, or null.</param>
    public Tensor Forward(Workspace ws, Tensor x, UnetCondition condition, BlockProbe? probe = null)
    {
        using var scope = ws.Scope(nameof(Transformer2d));
        var h = norm.Forward(ws, x);
        h = ws.Replace(h, projIn.Forward(ws, h));
        for (int i = 0; i < blocks.Length; i++)
        {
            var visit = probe?.Visit(i) ?? BlockVisit.Run;
            if (visit == BlockVisit.Skip) continue;
            // A block gives its input back, so a probe sees a copy.
            using var input = visit == BlockVisit.Watch ? ws.Copy(h) : null;
            h = blocks[i].Forward(ws, h, condition);
            if (input is not null) probe!.Value.OnBlock(ws, i, input, h);
        }
        return scope.Return(projOut.Forward(ws, h, new Epilogue(Residual: x)));
    }
}
