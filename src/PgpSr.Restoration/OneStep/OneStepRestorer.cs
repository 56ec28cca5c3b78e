using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Sampling;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// A restorer on Stable Diffusion in one evaluation: enlarged tile > autoencoder > UNet, once > autoencoder. With strengths, PiSA-SR's two adapters
/// are weighed against each other, which takes the UNet twice.
/// </summary>
sealed class OneStepRestorer : TileRestorer
{
    readonly OneStepNetworks _networks;
    readonly OneStepStrengths? _strengths;

    /// <param name="networks">Disposed with the restorer.</param>
    /// <param name="recipe">How they are run.</param>
    /// <param name="strengths">Weights of the adapters, or null for 1 and 1.</param>
    public OneStepRestorer(OneStepNetworks networks, OneStepRecipe recipe, OneStepStrengths? strengths = null)
    {
        (_networks, Recipe, _strengths) = (networks, recipe, strengths);
    }

    /// <summary>How the networks are run.</summary>
    public OneStepRecipe Recipe { get; }

    /// <inheritdoc/>
    public override int Scale => Recipe.Scale;

    /// <inheritdoc/>
    public override int TileMultiple => Multiple(Factor, Scale);

    /// <summary>Pixels of the source that whole positions of the latent take, in each direction.</summary>
    public static int Multiple(int factor, int scale) => factor / (int)System.Numerics.BigInteger.GreatestCommonDivisor(factor, scale);

    /// <inheritdoc/>
    public override bool AddsEnlarged => false;

    /// <inheritdoc/>
    public override ResizeFilter Enlargement => Recipe.Enlargement;

    /// <summary>OSEDiff and PiSA-SR match the statistics of a picture of 8 bits; HYPIR's wavelets see the numbers as they are.</summary>
    public override bool ClampsResult => Recipe.ColorFix == ColorFixMethod.AdaIn;

    /// <summary>The published pipelines' tiles of 96 latent positions, of which 32 are shared.</summary>
    public override int DefaultTile => Math.Max(64, 96 * Factor / Scale / 32 * 32);

    /// <inheritdoc/>
    public override int DefaultOverlap => 32 * Factor / Scale;

    /// <summary>The published pipelines' 512 pixels, enlarged: 64 positions of the latent.</summary>
    public override int LeastSide => Math.Max(1, 64 * Factor / Scale);

    /// <summary>No limit: the statistics of a smaller tile are others.</summary>
    public override long DefaultArenaBytes => long.MaxValue;

    /// <inheritdoc/>
    public override long ParameterCount => _networks.ParameterCount;

    /// <inheritdoc/>
    public override long WeightBytes => _networks.WeightBytes;

    int Factor => _networks.Encoder.Factor;

    /// <inheritdoc/>
    public override string? Refuses(int steps) => steps == 1 ? null : "this model restores in one step";

    /// <inheritdoc/>
    public override bool NeedsEnlarged(int steps) => true;

    /// <inheritdoc/>
    public override int NoiseChannels(int steps) => Recipe.NoisedStart ? _networks.Encoder.LatentChannels : 0;

    /// <inheritdoc/>
    public override int LatentLength(int pixels) => pixels * Scale / Factor;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Timesteps(int steps) => [Recipe.Timestep];

    /// <inheritdoc/>
    public override Tensor Restore(
        Workspace ws, Tensor degraded, Tensor? enlarged, Tensor? noise, int steps, Action<SamplerStep>? observe, FeatureProbe? probe = null,
        Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(OneStepRestorer));
        // The posterior's mean: its spread is some thousandths of the latent's.
        var z = _networks.Encoder.Encode(ws, enlarged!, noise: null);
        return scope.Return(_networks.Decoder.Decode(ws, Clean(ws, z, noise, probe, evaluating)));
    }

    /// <summary>The restored latent of a degraded one.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="z">Scaled latent [1, h, w, channels]; kept.</param>
    /// <param name="noise">Unit noise of that shape for a noised start; kept.</param>
    /// <param name="probe">Looks at features on their way, or null.</param>
    /// <param name="evaluating">Called before each evaluation, or null.</param>
    public Tensor Clean(Workspace ws, Tensor z, Tensor? noise, FeatureProbe? probe = null, Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(Clean));
        Predictor predict = (on, x, timestep) => Predict(on, x, probe, evaluating);
        if (Recipe.Prediction != OneStepPrediction.Residual)
        {
            var kind = Recipe.Prediction == OneStepPrediction.Velocity ? PredictionType.Velocity : PredictionType.Epsilon;
            return scope.Return(new OneStep(Recipe.Timestep, Recipe.NoisedStart, kind).Run(ws, predict, z, noise));
        }
        var start = Recipe.NoisedStart ? NoiseSchedule.Sdxl.AddNoise(ws, z, noise!, Recipe.Timestep) : z;
        return scope.Return(ws.Combine(1, start, -1, predict(ws, start, Recipe.Timestep)));
    }

    /// <summary>What the network predicts of a latent, strengths applied.</summary>
    public Tensor Predict(Workspace ws, Tensor x, FeatureProbe? probe = null, Action? evaluating = null)
    {
        using var scope = ws.Scope(nameof(Predict));
        var condition = _networks.Condition(ws);
        evaluating?.Invoke();
        var full = _networks.Unet.Forward(ws, x, Recipe.Timestep, condition, probe);
        if (_strengths is not { } strengths || strengths is (1, 1)) return scope.Return(full);
        // The published form: pixel * e_pixel + detail * (e_both - e_pixel).
        if (_networks.PixelUnet is not { } network) return scope.Return(ws.Scale(strengths.Pixel, full));
        evaluating?.Invoke();
        var pixel = network.Forward(ws, x, Recipe.Timestep, condition, probe);
        return scope.Return(ws.Combine(strengths.Detail, full, strengths.Pixel - strengths.Detail, pixel));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _networks.Dispose();
    }
}

/// <summary>How strongly PiSA-SR's adapters for pixels and for detail count.</summary>
/// <param name="Pixel">1 as published; less removes less.</param>
/// <param name="Detail">1 as published; less invents less, more invents more.</param>
readonly record struct OneStepStrengths(float Pixel, float Detail)
{
    /// <summary>Whether the weighed form takes the network with the pixel adapter alone.</summary>
    public bool NeedPixelNetwork => Pixel != Detail;
}
