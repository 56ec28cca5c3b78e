using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PgpSr.Training;

/// <summary>A batch through a one-step model, and how wrong the result is.</summary>
static class Restoration
{
    // Charbonnier's epsilon, in units of [-1, 1]: below 2.5 gray levels the loss is quadratic. With the usual 1e-3 the sign of noise in flat areas outvotes
    // the detail, and nothing is learned in the first thousand steps.
    static readonly Scalar s_charbonnierEpsilonSquared = 2e-2 * 2e-2;

    // Half a gray level: errors below it are rounded away.
    static readonly Scalar s_levelSquared = 4e-3 * 4e-3;

    // Gradients of about Charbonnier's length, so that a run may change from one loss to the other without new moments.
    static readonly Scalar s_relativeScale = 0.02;

    // Beside luma, the three channels keep the colors.
    const double RelativeChannels = 0.25;

    // BT.601, as PSNR is measured.
    static readonly float[] s_luma = [0.299f, 0.587f, 0.114f];

    /// <summary>Restored pictures [N, 3, scale h, scale w]: the enlarged ones plus the predicted residual.</summary>
    /// <param name="parameters">Keys and shapes.</param>
    /// <param name="config">A model that predicts residuals.</param>
    /// <param name="flat">Its weights.</param>
    /// <param name="degraded">[N, 3, h, w].</param>
    /// <param name="enlarged">[N, 3, scale h, scale w].</param>
    /// <param name="type">What the network computes in.</param>
    /// <param name="damage">What the network is told of each picture (<see cref="PairBatch.Damage"/>); null for nothing.</param>
    public static Tensor Run(TorchParameters parameters, PgpConfig config, Tensor flat, Tensor degraded, Tensor enlarged, ScalarType type, float[]? damage = null)
    {
        var model = new TorchPgpModel(config, parameters.See(flat, type), fast: true);
        Tensor z = config.DegradedPatch > 1 ? nn.functional.pixel_unshuffle(degraded, config.DegradedPatch) : degraded;
        z = ChannelsLast(z);
        Tensor residual = model.Forward(z, z, damage is null ? [config.Timestep] : Array.ConvertAll(damage, d => d < 0 ? config.Timestep : d * Recipe.ToldTimestep)).to(ScalarType.Float32);
        return enlarged.Plus(nn.functional.pixel_shuffle(residual, config.PatchFactor));
    }

    /// <summary>
    /// Charbonnier's loss of the channels and of the luma, plus the mean modulus of the luma spectrum's error. |Y - T|^2 = (|Y| - |T|)^2 + 2 |Y| |T| (1 - cos(phase
    /// difference)): amplitude and phase errors at once, without the phase's jump at pi.
    /// </summary>
    public static Tensor Loss(Tensor restored, Tensor truth, Recipe recipe)
    {
        Tensor error = restored.Minus(truth);
        if (recipe.Relative) return RelativeLoss(error, recipe);
        Tensor loss = Modulus(error.Squared());
        if (recipe.LumaWeight == 0 && recipe.SpectrumWeight == 0) return loss;
        Tensor luma = nn.functional.conv2d(error, tensor(s_luma, [1, PairSource.Channels, 1, 1]));
        using Scalar lumaWeight = recipe.LumaWeight, spectrumWeight = recipe.SpectrumWeight;
        loss = loss.Plus(Modulus(luma.Squared()).mul(lumaWeight));
        if (recipe.SpectrumWeight == 0) return loss;
        Tensor spectrum = fft.rfft2(luma, norm: FFTNormType.Ortho);
        return loss.Plus(Modulus(spectrum.real.Squared().Plus(spectrum.imag.Squared())).mul(spectrumWeight));
    }

    // The mean of decibels, which is what is measured: each crop's squared error in logarithms, so that a smooth crop's noise counts as much as a busy one's texture.
    static Tensor RelativeLoss(Tensor error, Recipe recipe)
    {
        using Scalar channels = RelativeChannels, spectrumWeight = recipe.SpectrumWeight;
        Tensor luma = nn.functional.conv2d(error, tensor(s_luma, [1, PairSource.Channels, 1, 1]));
        Tensor squared = Each(luma.Squared()).Plus(Each(error.Squared()).mul(channels));
        Tensor loss = squared.add(s_levelSquared).log().mean();
        if (recipe.SpectrumWeight > 0)
        {
            Tensor spectrum = fft.rfft2(luma, norm: FFTNormType.Ortho);
            Tensor modulus = spectrum.real.Squared().Plus(spectrum.imag.Squared()).add(s_levelSquared).sqrt();
            loss = loss.Plus(Each(modulus).log().mean().mul(spectrumWeight));
        }
        return loss.mul(s_relativeScale);
    }

    static Tensor Each(Tensor x) => x.mean([1, 2, 3]);

    static Tensor Modulus(Tensor squared) => squared.add(s_charbonnierEpsilonSquared).sqrt().mean();

    /// <summary>Planes of a batch as a tensor.</summary>
    public static Tensor Planes(float[] values, int count, int side) => tensor(values, [count, PairSource.Channels, side, side]);

    /// <summary>Whether a map's channels lie side by side in memory, without gaps.</summary>
    public static bool IsChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).is_contiguous();

    public static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
