using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

// Where the degraded picture's features enter FaithDiff's UNet (method 3.6), between conv_in and the first level. The released "information
// transformer" attends over the batch axis: its two guidance rows are equal, so the attention is exactly out_proj(v_proj(s)) and the stem a per-pixel
// network that is computed once for both rows. A spatial attention here would be wrong for the released weights.
sealed class FaithDiffStem(GroupNorm normIn, Conv2d convIn, Conv2d convOut, ImmutableArray<FaithDiffStem.Block> blocks, Linear spatialProjection)
{
    public const int FeatureChannels = 512;
    const float NormEpsilon = 1e-6f;
    const int NormGroups = 32;
    const int Blocks = 2;

    public static FaithDiffStem Load(WeightScope w, int stemChannels) => new(
        normIn: GroupNorm.Load(w["condition_embedding"]["norm_in"], FeatureChannels, NormGroups, NormEpsilon),
        convIn: Conv2d.Load(w["condition_embedding"]["conv_in"], FeatureChannels, FeatureChannels, kernel: 3),
        convOut: Conv2d.Load(w["condition_embedding"]["conv_out"], FeatureChannels, stemChannels, kernel: 3),
        blocks: [.. Enumerable.Range(0, Blocks).Select(i => Block.Load(w["information_transformer_layes"][i], 2 * stemChannels))],
        spatialProjection: Linear.Load(w["spatial_ch_projs"], 2 * stemChannels, stemChannels));

    /// <summary>condition_embedding: features [N, h, w, 512] to a guide [N, h, w, stem]. The same in every step of a run.</summary>
    public Tensor Guide(Workspace ws, Tensor features)
    {
        using var scope = ws.Scope(nameof(Guide));
        var g = normIn.Forward(ws, features);
        g = ws.Replace(g, convIn.Forward(ws, g, new Epilogue(Activation.Silu), ws.Backend.ActivationType));
        return scope.Return(convOut.Forward(ws, g));
    }

    /// <summary>x + alignment of x and the guide; gives <paramref name="x"/> back. Both [N, h, w, stem].</summary>
    public Tensor Forward(Workspace ws, Tensor x, Tensor guide)
    {
        using var scope = ws.Scope(nameof(FaithDiffStem));
        var s = ws.ConcatChannels(x, guide);                                            // [N, h, w, 2 * stem]
        foreach (var block in blocks) s = block.Forward(ws, s);
        return scope.Return(ws.Replace(x, spatialProjection.Forward(ws, s, new Epilogue(Residual: x))));
    }

    // s += out_proj(v_proj(ln_1 s)); s += c_proj(QuickGELU(c_fc(ln_2 s)))
    internal sealed class Block(LayerNorm norm1, Linear value, Linear outProjection, LayerNorm norm2, Linear fc, Linear projection)
    {
        public static Block Load(WeightScope w, int channels) => new(
            norm1: LayerNorm.Load(w["ln_1"], channels),
            // Rows of in_proj are queries, keys, values; only the last third has an effect.
            value: new Linear(w["attn"].LinearRows("in_proj_weight", "in_proj_bias", 3 * channels, 2 * channels, channels, channels)),
            outProjection: Linear.Load(w["attn"]["out_proj"], channels, channels),
            norm2: LayerNorm.Load(w["ln_2"], channels),
            fc: Linear.Load(w["mlp"]["c_fc"], channels, 2 * channels),
            projection: Linear.Load(w["mlp"]["c_proj"], 2 * channels, channels));

        /// <summary>Gives <paramref name="s"/> back.</summary>
        public Tensor Forward(Workspace ws, Tensor s)
        {
            using var scope = ws.Scope(nameof(Block));
            var h = norm1.Forward(ws, s);
            h = ws.Replace(h, value.Forward(ws, h));
            s = ws.Replace(s, outProjection.Forward(ws, h, new Epilogue(Residual: s)));
            h = ws.Replace(h, norm2.Forward(ws, s));
            h = ws.Replace(h, fc.Forward(ws, h, new Epilogue(Activation.QuickGelu)));
            return scope.Return(ws.Replace(s, projection.Forward(ws, h, new Epilogue(Residual: s))));
        }
    }
}
