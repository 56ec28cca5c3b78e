using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// FaithDiff's networks: the LQ encoder (<c>denoise_encoder</c>), the stem that aligns its features with the noisy latent, and an SDXL UNet, pruned or
/// not, optionally with the phase-exchange adapter.
/// </summary>
sealed class FaithDiffModel : LoadedNetwork<FaithDiffConfig>
{
    readonly VaeEncoder _denoiseEncoder;
    readonly FaithDiffStem _stem;
    readonly PhaseGuidance? _phase;

    FaithDiffModel(WeightScope w, FaithDiffConfig config)
        : base(config)
    {
        _denoiseEncoder = VaeEncoder.Load(w["denoise_encoder"], config.LqEncoder);
        _stem = FaithDiffStem.Load(w, config.Unet.StemChannels);
        _phase = PhaseGuidance.Load(w, config.Unet, config.Unet.StemChannels, config.Phase);
        Unet = Unet.LoadPart(w, config.Unet, _phase);
    }

    /// <summary>The denoiser.</summary>
    public Unet Unet { get; }

    /// <summary>Loads UNet and extras from one source of plain diffusers names and FaithDiff's own (see <see cref="OverlaySource"/> for two files).</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static FaithDiffModel Load(WeightSource source, Backend backend, FaithDiffConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new FaithDiffModel(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(FaithDiffConfig config) =>
        WeightLoader.Declare(config, (w, known) => new FaithDiffModel(w, known));

    /// <summary>
    /// The degraded picture [1, H, W, 3] in [-1, 1] to features [1, H/8, W/8, 512]: once for a picture. It is an autoencoder's encoder, and float32
    /// for the same reason as <see cref="AutoencoderKl"/>.
    /// </summary>
    public Tensor EncodeLq(Workspace ws, Tensor image) => _denoiseEncoder.Forward(ws, image);

    /// <summary>Features [1, h, w, 512] to the guide [1, h, w, stem] that every step takes: once for a tile.</summary>
    public Tensor Guide(Workspace ws, Tensor features) => _stem.Guide(ws, features);

    /// <summary>
    /// One evaluation for all rows of a condition (unconditional first, conditional after). The rows share latent and guide, so everything before the first
    /// ResNet is computed once.
    /// </summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="x">The scaled latent [1, h, w, 4]; kept.</param>
    /// <param name="guide">From <see cref="Guide"/>, [1, h, w, stem]; kept.</param>
    /// <param name="timestep">Of all rows.</param>
    /// <param name="condition">Text and sizes of each row.</param>
    /// <param name="probe">Looks at features on their way, or null.</param>
    /// <param name="deep">Features of all rows, kept between evaluations; null for a complete one that keeps none.</param>
    /// <returns>[rows, h, w, 4].</returns>
    public Tensor Forward(
        Workspace ws, Tensor x, Tensor guide, float timestep, UnetCondition condition, FeatureProbe? probe = null, DeepFeatures? deep = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(condition);
        using var scope = ws.Scope(nameof(FaithDiffModel));
        var h = _stem.Forward(ws, Unet.Stem(ws, x), guide);
        if (_phase is not null) h = _phase.Stem(ws, h, guide);
        int rows = condition.Context?.Shape[0] ?? 1;
        if (rows > 1) h = ws.Replace(h, ws.Repeat(h, rows));
        return scope.Return(Unet.Body(ws, h, timestep, condition, guide, probe, deep));
    }
}
