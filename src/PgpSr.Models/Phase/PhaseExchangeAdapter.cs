using PgpSr.Tensors;

namespace PgpSr.Models;

// The phase-exchange adapter, a reconstruction (method 2.4): PGP-DiffSR's own layers are not published. Features x take the phase of the guide g:
//   u = Conv1x1(GN(x));  v = Conv1x1(GN(g));  (u', v') = exchange(u, v);  x + Conv3x3_zero(SiLU(Conv3x3(concat(u', v'))))
// The last convolution starts at zero, so that inserting the adapter changes nothing before training.
sealed class PhaseExchangeAdapter(GroupNorm normX, Conv2d projX, GroupNorm normG, Conv2d projG, Conv2d conv1, Conv2d conv2)
{
    const float NormEpsilon = 1e-6f;

    public static PhaseExchangeAdapter Load(WeightScope w, int channels, int guideChannels, int groups) => new(
        normX: GroupNorm.Load(w["norm_x"], channels, groups, NormEpsilon),
        projX: Conv2d.Load(w["proj_x"], channels, channels, kernel: 1),
        normG: GroupNorm.Load(w["norm_g"], guideChannels, groups, NormEpsilon),
        projG: Conv2d.Load(w["proj_g"], guideChannels, channels, kernel: 1),
        conv1: Conv2d.Load(w["conv_1"], 2 * channels, channels, kernel: 3),
        conv2: Conv2d.Load(w["conv_2"], channels, channels, kernel: 3));

    /// <param name="ws">Workspace.</param>
    /// <param name="x">Features of the network, [N, H, W, channels]; kept.</param>
    /// <param name="g">Features of the degraded input, [N, H, W, guideChannels]; kept.</param>
    public Tensor Forward(Workspace ws, Tensor x, Tensor g)
    {
        using var scope = ws.Scope(nameof(PhaseExchangeAdapter));
        var u = normX.Forward(ws, x);
        u = ws.Replace(u, projX.Forward(ws, u));
        var v = normG.Forward(ws, g);
        v = ws.Replace(v, projG.Forward(ws, v));
        var (exchangedU, exchangedV) = ws.PhaseExchange(u, v);
        u.Dispose();
        v.Dispose();
        var h = ws.ConcatChannels(exchangedU, exchangedV);
        exchangedU.Dispose();
        exchangedV.Dispose();
        h = ws.Replace(h, conv1.Forward(ws, h, new Epilogue(Activation.Silu)));
        return scope.Return(conv2.Forward(ws, h, new Epilogue(Residual: x)));
    }
}
