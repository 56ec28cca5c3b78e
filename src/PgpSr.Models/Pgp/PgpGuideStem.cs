using PgpSr.Tensors;

namespace PgpSr.Models;

// Features of the degraded picture on the latent's grid: conv_in > silu > conv_out. Plays the part of FaithDiff's condition_embedding and has its
// name.
sealed class PgpGuideStem(Conv2d convIn, Conv2d convOut)
{
    public static PgpGuideStem Load(WeightScope w, int degradedChannels, int guideChannels) => new(
        convIn: Conv2d.Load(w["conv_in"], degradedChannels, guideChannels, kernel: 3),
        convOut: Conv2d.Load(w["conv_out"], guideChannels, guideChannels, kernel: 3));

    /// <summary>[N, h, w, degradedChannels] in [-1, 1] to [N, h, w, guideChannels]; keeps <paramref name="degraded"/>.</summary>
    public Tensor Forward(Workspace ws, Tensor degraded)
    {
        using var scope = ws.Scope(nameof(PgpGuideStem));
        var g = convIn.Forward(ws, degraded, new Epilogue(Activation.Silu), ws.Backend.ActivationType);
        return scope.Return(convOut.Forward(ws, g));
    }
}
