using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// AdcSR: pixels, unshuffled, through a UNet without time and text to the features of half a decoder, in one evaluation. No latent, no noise, so the
/// same picture gives the same result.
/// </summary>
sealed class AdcSrModel : LoadedNetwork<AdcSrConfig>
{
    readonly Unet _unet;
    readonly VaeDecoder _decoder;

    AdcSrModel(WeightScope w, AdcSrConfig config)
        : base(config)
    {
        config.Validate();
        _unet = Unet.LoadPart(w["unet"], config.Unet, phase: null);
        _decoder = VaeDecoder.Load(w["decoder"], config.Decoder, stem: false);
    }

    /// <summary>Loads both parts (<c>unet.</c> and <c>decoder.</c>); every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static AdcSrModel Load(WeightSource source, Backend backend, AdcSrConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new AdcSrModel(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(AdcSrConfig config) =>
        WeightLoader.Declare(config, (w, known) => new AdcSrModel(w, known));

    /// <summary>Enlarges.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="image">[N, H, W, 3] in [-1, 1], sides multiples of <see cref="AdcSrConfig.Multiple"/>; kept.</param>
    /// <param name="probe">Looks at the UNet's features on their way, or null.</param>
    /// <returns>[N, Scale H, Scale W, 3], about [-1, 1], float32; its colors are not yet the source's.</returns>
    public Tensor Forward(Workspace ws, Tensor image, FeatureProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(AdcSrModel));
        var features = Features(ws, image, probe);
        return scope.Return(_decoder.Forward(ws, features));
    }

    /// <summary>What the decoder takes: [N, H/2, W/2, Decoder.Channels[^1]], float32.</summary>
    /// <inheritdoc cref="Forward"/>
    public Tensor Features(Workspace ws, Tensor image, FeatureProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(image);
        using var scope = ws.Scope(nameof(Features));
        var x = ws.SpaceToDepth(image, AdcSrConfig.Unshuffle);
        x = ws.Replace(x, _unet.Stem(ws, x));
        return scope.Return(_unet.Body(ws, x, timestep: 0, UnetCondition.None, probe: probe));
    }
}
