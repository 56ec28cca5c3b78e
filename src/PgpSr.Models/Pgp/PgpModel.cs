using System.Collections.Immutable;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>One of this project's own small models: guide stem, UNet, phase-exchange adapters, as <see cref="PgpConfig"/> says.</summary>
sealed class PgpModel : LoadedNetwork<PgpConfig>
{
    readonly PgpGuideStem? _guide;
    readonly PhaseGuidance? _phase;
    readonly Unet _unet;

    PgpModel(WeightScope w, PgpConfig config)
        : base(config)
    {
        config.Validate();
        _guide = config.GuideChannels > 0 ? PgpGuideStem.Load(w["condition_embedding"], config.DegradedChannels, config.GuideChannels) : null;
        _phase = PhaseGuidance.Load(w, config.Unet, config.GuideChannels, config.Phase);
        _unet = Unet.LoadPart(w, config.Unet, _phase);
    }

    /// <summary>Loads a model from a file that carries its configuration in its metadata.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="backend">Where the weights go; not disposed with the model.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="SafetensorsException">The file is damaged.</exception>
    /// <exception cref="ConfigException">The file is no model of this library, or of a newer one.</exception>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static PgpModel Open(string path, Backend backend, CancellationToken cancellation = default)
    {
        var checkpoint = SafetensorsCheckpoint.Open(path);
        using var source = new SafetensorsSource(checkpoint);
        var config = PgpConfigJson.Read(checkpoint.Files[0].Metadata, checkpoint.Files[0].Path);
        return Load(source, backend, config, cancellation);
    }

    /// <summary>Loads a model; every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static PgpModel Load(WeightSource source, Backend backend, PgpConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new PgpModel(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(PgpConfig config) =>
        WeightLoader.Declare(config, (w, known) => new PgpModel(w, known));

    /// <summary>The guide: degraded picture [N, h, w, DegradedChannels] in [-1, 1] to features [N, h, w, GuideChannels]. The same in every step of a
    /// run.</summary>
    /// <returns>Null for a model without a guide.</returns>
    public Tensor? Guide(Workspace ws, Tensor degraded)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(degraded);
        return _guide?.Forward(ws, degraded);
    }

    /// <summary>One evaluation.</summary>
    /// <param name="ws">Workspace.</param>
    /// <param name="z">What <see cref="PgpConfig.Input"/> says, [N, h, w, InputChannels]; kept.</param>
    /// <param name="guide">From <see cref="Guide"/>, of N rows; kept. Null for a model without one.</param>
    /// <param name="timestep">Of all rows.</param>
    /// <param name="probe">Looks at features on their way, or null.</param>
    /// <returns>The prediction, [N, h, w, LatentChannels].</returns>
    public Tensor Forward(Workspace ws, Tensor z, Tensor? guide, float timestep, FeatureProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(z);
        if ((guide is null) != (_guide is null))
            throw new ArgumentException(_guide is null ? "this model has no guide" : "this model needs a guide", nameof(guide));
        using var scope = ws.Scope(nameof(PgpModel));
        var h = _unet.Stem(ws, z);
        if (_phase is not null) h = _phase.Stem(ws, h, guide!);
        return scope.Return(_unet.Body(ws, h, timestep, UnetCondition.None, guide, probe));
    }
}
