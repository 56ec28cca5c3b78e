using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>A batch through a one-step model, and how wrong the result is.</summary>
static class Restoration
{
    // Charbonnier's epsilon, in units of [-1, 1]: below 2.5 grey levels the loss is quadratic. With the usual 1e-3 the sign of noise in flat areas outvotes
    // the detail, and nothing is learned in the first thousand steps.
    static readonly Scalar s_charbonnierEpsilonSquared = 2e-2 * 2e-2;

    /// <summary>Restored pictures [N, 3, scale h, scale w]: the enlarged ones plus the predicted residual.</summary>
    /// <param name="parameters">Keys and shapes.</param>
    /// <param name="config">A model that predicts residuals.</param>
    /// <param name="flat">Its weights.</param>
    /// <param name="degraded">[N, 3, h, w].</param>
    /// <param name="enlarged">[N, 3, scale h, scale w].</param>
    /// <param name="type">What the network computes in.</param>
    public static Tensor Run(TorchParameters parameters, PgpConfig config, Tensor flat, Tensor degraded, Tensor enlarged, ScalarType type)
    {
        var model = new TorchPgpModel(config, parameters.See(flat, type));
        Tensor z = config.DegradedPatch > 1 ? nn.functional.pixel_unshuffle(degraded, config.DegradedPatch) : degraded;
        z = ChannelsLast(z.to(type));
        Tensor residual = model.Forward(z, z, config.Timestep).to(ScalarType.Float32);
        return enlarged + nn.functional.pixel_shuffle(residual, config.PatchFactor);
    }

    /// <summary>
    /// Charbonnier's loss plus the mean modulus of the spectrum's error. |Y - T|^2 = (|Y| - |T|)^2 + 2 |Y| |T| (1 - cos(phase difference)): amplitude and
    /// phase errors at once, without the phase's jump at pi.
    /// </summary>
    public static Tensor Loss(Tensor restored, Tensor truth, double spectrumWeight)
    {
        Tensor error = restored - truth;
        Tensor loss = (error.square() + s_charbonnierEpsilonSquared).sqrt().mean();
        if (spectrumWeight == 0) return loss;
        using Scalar weight = spectrumWeight;
        Tensor spectrum = fft.rfft2(error, norm: FFTNormType.Ortho);
        return loss + (spectrum.real.square() + spectrum.imag.square() + s_charbonnierEpsilonSquared).sqrt().mean() * weight;
    }

    /// <summary>Planes of a batch as a tensor.</summary>
    public static Tensor Planes(float[] values, int count, int side) => tensor(values, [count, PairSource.Channels, side, side]);

    static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
