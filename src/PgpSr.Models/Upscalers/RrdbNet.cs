using System.Collections.Immutable;
using System.Globalization;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>The topology of an <see cref="RrdbNet"/>.</summary>
/// <param name="Scale">How many times larger the result is.</param>
/// <param name="Features">Channels between the blocks.</param>
/// <param name="Blocks">Residual-in-residual dense blocks.</param>
/// <param name="Growth">Channels that each convolution of a dense block adds.</param>
/// <param name="Enlargements">How often features are doubled in size, 0 to 3: 2 in Real-ESRGAN's, 1 in BSRGANx2.</param>
sealed record RrdbConfig(int Scale, int Features = 64, int Blocks = 23, int Growth = 32, int Enlargements = 2) : IPixelUpscalerConfig
{
    /// <summary>RealESRGAN_x4plus, ESRGAN, BSRGAN: 16,697,987 parameters.</summary>
    public static RrdbConfig X4 { get; } = new(4);

    /// <summary>Where the result is less large than features become, blocks of so many pixels a side are folded into channels first.</summary>
    internal int Fold => (1 << Enlargements) / Scale;

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"RRDBNet, {Blocks} block{(Blocks == 1 ? "" : "s")} of {Features} channels");

    // Fifteen convolutions a block, one before, one behind, and the last two, which reach less at larger sizes, as those of the enlargements do: less
    // than two pixels more.
    /// <inheritdoc/>
    public int Radius => checked((15 * Blocks + 4) * Fold);

    /// <inheritdoc/>
    public ImmutableArray<TensorDeclaration> Declare() => RrdbNet.Declare(this);

    /// <summary>The most <see cref="Enlargements"/>.</summary>
    internal const int MaxEnlargements = 3;

    internal void Validate()
    {
        if (Enlargements is < 0 or > MaxEnlargements) throw new ArgumentException($"{Enlargements} enlargements; expected 0 to {MaxEnlargements}");
        if (Scale < 1 || Fold is not (1 or 2 or 4) || Fold * Scale != 1 << Enlargements)
            throw new ArgumentException($"a scale of {Scale}; with {Enlargements} enlargements, an RRDBNet enlarges {1 << Enlargements} times, or 2 or 4 times less");
        if (Features < 1 || Blocks < 1 || Growth < 1) throw new ArgumentException("features, blocks and growth are at least 1");
    }
}

/// <summary>
/// The generator of ESRGAN (Wang et al. 2018) and Real-ESRGAN (Wang et al. 2021): residual-in-residual dense blocks without any norm, then
/// enlargements by nearest neighbors, mostly two. In and out are pictures in [0, 1]; the result is not clamped. All features are float32.
/// </summary>
sealed class RrdbNet : LoadedNetwork<RrdbConfig>, IPixelUpscaler
{
    // Of both residuals, as published.
    const float ResidualScale = 0.2f;
    const int ImageChannels = 3;

    readonly Conv2d _convFirst;
    readonly ImmutableArray<ImmutableArray<DenseBlock>> _body;
    readonly Conv2d _convBody;
    readonly ImmutableArray<Conv2d> _convUp;
    readonly Conv2d _convHr;
    readonly Conv2d _convLast;

    RrdbNet(WeightScope w, RrdbConfig config)
        : base(config)
    {
        config.Validate();
        int features = config.Features;
        _convFirst = Conv2d.Load(w["conv_first"], ImageChannels * config.Fold * config.Fold, features, kernel: 3);
        _body = [.. Enumerable.Range(0, config.Blocks).Select(block => ImmutableArray.CreateRange(Enumerable.Range(1, 3)
            .Select(dense => DenseBlock.Load(w["body"][block][$"rdb{dense}"], config))))];
        _convBody = Conv2d.Load(w["conv_body"], features, features, kernel: 3);
        _convUp = [.. Enumerable.Range(1, config.Enlargements).Select(i => Conv2d.Load(w[$"conv_up{i}"], features, features, kernel: 3))];
        _convHr = Conv2d.Load(w["conv_hr"], features, features, kernel: 3);
        _convLast = Conv2d.Load(w["conv_last"], features, ImageChannels, kernel: 3);
    }

    IPixelUpscalerConfig IPixelUpscaler.Config => Config;

    /// <inheritdoc/>
    public int Scale => Config.Scale;

    /// <inheritdoc/>
    public int Multiple => Config.Fold;

    /// <summary>Loads a network of BasicSR's names; every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static RrdbNet Load(WeightSource source, Backend backend, RrdbConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new RrdbNet(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(RrdbConfig config) =>
        WeightLoader.Declare(config, (w, known) => new RrdbNet(w, known));

    /// <inheritdoc/>
    public Tensor Forward(Workspace ws, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(image);
        using var scope = ws.Scope(nameof(RrdbNet));
        var x = Config.Fold == 1 ? image : ws.SpaceToDepth(image, Config.Fold);
        var first = _convFirst.Forward(ws, x);
        var h = ws.Copy(first);
        foreach (var dense in _body) h = ws.Replace(h, Rrdb(ws, h, dense));
        h = ws.Replace(h, _convBody.Forward(ws, h, new Epilogue(Residual: first)));
        first.Dispose();
        foreach (var conv in _convUp) h = Enlarge(ws, h, conv);
        h = ws.Replace(h, Rectified(ws, _convHr, h));
        return scope.Return(_convLast.Forward(ws, h));
    }

    // x + 0.2 rdb3(rdb2(rdb1 x))
    static Tensor Rrdb(Workspace ws, Tensor x, ImmutableArray<DenseBlock> dense)
    {
        var h = ws.Backend.TakesChannels ? GrowInPlace(ws, x, dense) : Grow(ws, x, dense);
        return ws.Replace(h, ws.Combine(ResidualScale, h, 1, x));
    }

    static Tensor Grow(Workspace ws, Tensor x, ImmutableArray<DenseBlock> dense)
    {
        var h = dense[0].Forward(ws, x);
        h = ws.Replace(h, dense[1].Forward(ws, h));
        return ws.Replace(h, dense[2].Forward(ws, h));
    }

    // Two maps by turns: a block's result is where the next one begins to grow.
    static Tensor GrowInPlace(Workspace ws, Tensor x, ImmutableArray<DenseBlock> dense)
    {
        using var scope = ws.Scope(nameof(DenseBlock));
        var shape = x.Shape.WithLast(dense[0].Width);
        Tensor map = ws.Rent(shape), next = ws.Rent(shape), h = ws.Rent(x.Shape);
        ws.Copy(x, dense[0].Seed(map));
        dense[0].Forward(ws, map, dense[1].Seed(next));
        dense[1].Forward(ws, next, dense[2].Seed(map));
        dense[2].Forward(ws, map, h);
        return scope.Return(h);
    }

    static Tensor Enlarge(Workspace ws, Tensor x, Conv2d conv)
    {
        x = ws.Replace(x, ws.ResizeNearest(x, 2 * x.Shape[1], 2 * x.Shape[2]));
        return ws.Replace(x, Rectified(ws, conv, x));
    }

    static Tensor Rectified(Workspace ws, Conv2d conv, Tensor x) => conv.Forward(ws, x, new Epilogue(Activation.LeakyRelu));

    // Four rectified convolutions, each of which sees the input and all results before it; a fifth back to the input's channels; x + 0.2 of that.
    sealed class DenseBlock(ImmutableArray<Conv2d> convolutions, int features, int growth)
    {
        const int Convolutions = 5;

        public static DenseBlock Load(WeightScope w, RrdbConfig config) => new([.. Enumerable.Range(0, Convolutions).Select(i =>
            Conv2d.Load(w[$"conv{i + 1}"], config.Features + i * config.Growth, i == Convolutions - 1 ? config.Features : config.Growth,
                kernel: 3))], config.Features, config.Growth);

        /// <summary>Channels of a map that holds the input and all that grows from it.</summary>
        public int Width => features + (Convolutions - 1) * growth;

        /// <summary>The input's channels of such a map.</summary>
        public Tensor Seed(Tensor map) => map.Channels(0, features);

        /// <summary>Fills the map behind its seed.</summary>
        public void Forward(Workspace ws, Tensor map, Tensor y)
        {
            for (int i = 0; i < Convolutions - 1; i++)
            {
                int seen = features + i * growth;
                convolutions[i].Forward(ws, map.Channels(0, seen), new Epilogue(Activation.LeakyRelu), map.Channels(seen, growth));
            }
            convolutions[^1].Forward(ws, map, new Epilogue(Residual: Seed(map), Scale: ResidualScale), y);
        }

        public Tensor Forward(Workspace ws, Tensor x)
        {
            using var scope = ws.Scope(nameof(DenseBlock));
            var seen = x;
            foreach (var conv in convolutions[..^1])
            {
                var grown = Rectified(ws, conv, seen);
                var joined = ws.ConcatChannels(seen, grown);
                grown.Dispose();
                if (seen != x) seen.Dispose();
                seen = joined;
            }
            var h = convolutions[^1].Forward(ws, seen);
            return scope.Return(ws.Combine(ResidualScale, h, 1, x));
        }
    }
}
