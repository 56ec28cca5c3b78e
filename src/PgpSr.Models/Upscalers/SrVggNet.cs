using System.Collections.Immutable;
using System.Globalization;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Non-linearities of an <see cref="SrVggNet"/>.</summary>
enum SrVggActivation
{
    /// <summary>One learned slope a channel.</summary>
    PRelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>Slope 0.1.</summary>
    LeakyRelu,
}

/// <summary>The topology of an <see cref="SrVggNet"/>.</summary>
/// <param name="Scale">How many times larger the result is.</param>
/// <param name="Features">Channels throughout.</param>
/// <param name="Convolutions">Convolutions between the first and the last.</param>
/// <param name="Activation">After every convolution but the last.</param>
sealed record SrVggConfig(int Scale = 4, int Features = 64, int Convolutions = 32, SrVggActivation Activation = SrVggActivation.PRelu)
    : IPixelUpscalerConfig
{
    internal const int MaxScale = 8;

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"SRVGGNetCompact, {Convolutions} convolutions of {Features} channels");

    /// <inheritdoc/>
    public int Radius => Convolutions + 2;

    /// <inheritdoc/>
    public ImmutableArray<TensorDeclaration> Declare() => SrVggNet.Declare(this);

    internal void Validate()
    {
        if (Scale is < 1 or > MaxScale) throw new ArgumentException($"a scale of {Scale}; 1 to {MaxScale} are supported");
        if (Features < 1 || Convolutions < 0) throw new ArgumentException("features are at least 1, convolutions at least 0");
    }
}

/// <summary>
/// Real-ESRGAN's compact network (SRVGGNetCompact: realesr-general-x4v3, realesr-animevideov3): a chain of convolutions at the small size, whose last
/// one's channels become pixels, added to the picture enlarged by nearest neighbors. Pictures in [0, 1]; the result is not clamped. All features are
/// float32.
/// </summary>
sealed class SrVggNet : LoadedNetwork<SrVggConfig>, IPixelUpscaler
{
    const float LeakySlope = 0.1f;
    const int ImageChannels = 3;

    readonly ImmutableArray<(Conv2d Conv, Tensor? Slopes)> _body;
    readonly Conv2d _last;

    SrVggNet(WeightScope w, SrVggConfig config)
        : base(config)
    {
        config.Validate();
        var body = w["body"];
        bool learned = config.Activation == SrVggActivation.PRelu;
        // body holds convolutions and activations by turns; only PReLU has numbers.
        _body = [.. Enumerable.Range(0, config.Convolutions + 1).Select(i => (
            Conv2d.Load(body[2 * i], i == 0 ? ImageChannels : config.Features, config.Features, kernel: 3),
            learned ? body[2 * i + 1].Parameter("weight", config.Features) : null))];
        _last = Conv2d.Load(body[2 * config.Convolutions + 2], config.Features, ImageChannels * config.Scale * config.Scale, kernel: 3);
    }

    IPixelUpscalerConfig IPixelUpscaler.Config => Config;

    /// <inheritdoc/>
    public int Scale => Config.Scale;

    /// <inheritdoc/>
    public int Multiple => 1;

    /// <summary>Loads a network; every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static SrVggNet Load(WeightSource source, Backend backend, SrVggConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new SrVggNet(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(SrVggConfig config) =>
        WeightLoader.Declare(config, (w, known) => new SrVggNet(w, known));

    /// <inheritdoc/>
    public Tensor Forward(Workspace ws, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(image);
        using var scope = ws.Scope(nameof(SrVggNet));
        var h = image;
        foreach (var (conv, slopes) in _body)
        {
            var c = Convolve(ws, conv, h, slopes);
            if (h != image) h.Dispose();
            h = c;
        }
        h = ws.Replace(h, _last.Forward(ws, h));
        h = ws.Replace(h, ws.DepthToSpace(h, Config.Scale));
        return scope.Return(ws.Add(h, ws.ResizeNearest(image, h.Shape[1], h.Shape[2])));
    }

    Tensor Convolve(Workspace ws, Conv2d conv, Tensor x, Tensor? slopes)
    {
        if (Config.Activation == SrVggActivation.Relu) return conv.Forward(ws, x, new Epilogue(Activation.Relu));
        var y = conv.Forward(ws, x);
        if (slopes is not null)
        {
            ws.Backend.PRelu(y, slopes, y);
            return y;
        }
        using var positive = ws.Activate(y, Activation.Relu);
        ws.Backend.Combine(LeakySlope, y, 1 - LeakySlope, positive, y);
        return y;
    }
}
