using System.Collections.Immutable;
using System.Text.Json;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>The topology of a <see cref="TinyAutoencoder"/>: TAESD and TAESDXL are of one form.</summary>
sealed record TinyAutoencoderConfig
{
    /// <summary>Channels of all features.</summary>
    public int Channels { get; init; } = 64;

    /// <summary>Channels of the latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Blocks at each size, full resolution first.</summary>
    public ImmutableArray<int> EncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Blocks at each size, the latent's first.</summary>
    public ImmutableArray<int> DecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>Pixels per latent position, in each direction.</summary>
    public int Factor => 1 << (EncoderBlocks.Length - 1);

    /// <summary>TAESD, for Stable Diffusion 1 and 2; TAESDXL differs in its numbers alone.</summary>
    public static TinyAutoencoderConfig Taesd { get; } = new();

    /// <summary>Reads diffusers' configuration of an AutoencoderTiny.</summary>
    /// <exception cref="ConfigException">A setting is missing, malformed, or requests a feature this network type does not support.</exception>
    public static TinyAutoencoderConfig Read(JsonElement config, string file = "config.json") =>
        ConfigJson.Read(config, file, Read, UnknownMembers.RefusedIfSet);

    static TinyAutoencoderConfig Read(ConfigJson json)
    {
        json.Only("act_fn", "relu");
        json.Only("upsample_fn", "nearest");
        json.Only("upsampling_scaling_factor", 2);
        json.Only("scaling_factor", 1); // it works on scaled latents
        json.Only("in_channels", 3);
        json.Only("out_channels", 3);
        // They say how latents were made into bytes for storing, and how wide the levels are once more.
        json.Ignore("latent_magnitude", "latent_shift", "shift_factor", "force_upcast", "block_out_channels");
        var encoder = json.Has("num_encoder_blocks") ? json.Integers("num_encoder_blocks") : Taesd.EncoderBlocks;
        var decoder = json.Has("num_decoder_blocks") ? json.Integers("num_decoder_blocks") : Taesd.DecoderBlocks;
        if (encoder.Length is < 1 or > 8 || encoder.Any(n => n > 64)) throw json.Wrong("num_encoder_blocks", "1 to 8 counts up to 64");
        if (decoder.Length != encoder.Length || decoder.Any(n => n > 64)) throw json.Wrong("num_decoder_blocks", $"{encoder.Length} counts up to 64");
        var channels = Widths(json, "encoder_block_out_channels", encoder.Length);
        if (Widths(json, "decoder_block_out_channels", encoder.Length) != channels)
            throw json.Wrong("decoder_block_out_channels", $"{channels} channels like the encoder");
        return new TinyAutoencoderConfig
        {
            Channels = channels,
            LatentChannels = json.Integer("latent_channels", absent: 4),
            EncoderBlocks = encoder,
            DecoderBlocks = decoder,
        };
    }

    // One width throughout, as both published networks have it: blocks of other widths would need skips that nobody trained.
    static int Widths(ConfigJson json, string key, int levels)
    {
        if (!json.Has(key)) return Taesd.Channels;
        var widths = json.Integers(key);
        return widths.Length == levels && widths[0] > 0 && widths.All(width => width == widths[0]) ? widths[0]
            : throw json.Wrong(key, $"{levels} times the same number");
    }
}

/// <summary>
/// TAESD (Bohan 2023): an autoencoder of Stable Diffusion's latents with one fortieth of the decoder's numbers and one eighteenth of its work, which
/// invents fine detail. Latents are the scaled ones that the UNet sees. All features are float32.
/// </summary>
sealed class TinyAutoencoder : LoadedNetwork<TinyAutoencoderConfig>, IAutoencoder
{
    // Latents are squeezed smoothly into +-3 before they are decoded.
    const float LatentBound = 3;
    const int ImageChannels = 3;

    readonly ImmutableArray<object> _encoder;
    readonly ImmutableArray<object> _decoder;

    TinyAutoencoder(WeightScope w, TinyAutoencoderConfig config)
        : base(config)
    {
        int channels = config.Channels;
        var encoder = ImmutableArray.CreateBuilder<object>();
        var layers = w["encoder"]["layers"];
        encoder.Add(Conv2d.Load(layers[0], ImageChannels, channels, kernel: 3));
        foreach (int blocks in config.EncoderBlocks)
        {
            if (encoder.Count > 1) encoder.Add(Conv2d.Load(layers[encoder.Count], channels, channels, kernel: 3, stride: 2, bias: false));
            for (int i = 0; i < blocks; i++) encoder.Add(Block.Load(layers[encoder.Count], channels));
        }
        encoder.Add(Conv2d.Load(layers[encoder.Count], channels, config.LatentChannels, kernel: 3));
        _encoder = encoder.ToImmutable();

        var decoder = ImmutableArray.CreateBuilder<object>();
        layers = w["decoder"]["layers"];
        decoder.Add(Conv2d.Load(layers[0], config.LatentChannels, channels, kernel: 3));
        decoder.Add(Step.Relu);
        for (int level = 0; level < config.DecoderBlocks.Length; level++)
        {
            bool last = level == config.DecoderBlocks.Length - 1;
            for (int i = 0; i < config.DecoderBlocks[level]; i++) decoder.Add(Block.Load(layers[decoder.Count], channels));
            if (!last) decoder.Add(Step.Enlarge);
            decoder.Add(Conv2d.Load(layers[decoder.Count], channels, last ? ImageChannels : channels, kernel: 3, bias: last));
        }
        _decoder = decoder.ToImmutable();
    }

    // Entries of the published list that have no numbers.
    enum Step
    {
        Relu,
        Enlarge,
    }

    /// <inheritdoc/>
    public int Factor => Config.Factor;

    /// <inheritdoc/>
    public int LatentChannels => Config.LatentChannels;

    /// <summary>Loads both halves in diffusers' names; every tensor of the source must be used.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tensors; everything was given back.</exception>
    public static TinyAutoencoder Load(
        WeightSource source, Backend backend, TinyAutoencoderConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new TinyAutoencoder(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(TinyAutoencoderConfig config) =>
        WeightLoader.Declare(config, (w, known) => new TinyAutoencoder(w, known));

    /// <summary>The author's own pair of files under diffusers' names: his decoder counts the squeeze of the latent as layer 0.</summary>
    /// <param name="encoder">Disposed with the result.</param>
    /// <param name="decoder">Disposed with the result.</param>
    public static WeightSource Join(WeightSource encoder, WeightSource decoder) => new OverlaySource(
        new RenamedSource(encoder, key => $"encoder.layers.{key}"), new RenamedSource(decoder, DecoderName));

    static string DecoderName(string key)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && int.TryParse(key.AsSpan(0, dot), System.Globalization.NumberStyles.None, null, out int layer) && layer > 0
            ? FormattableString.Invariant($"decoder.layers.{layer - 1}{key[dot..]}") : key;
    }

    /// <inheritdoc/>
    public Tensor Encode(Workspace ws, Tensor image, Tensor? noise = null)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(image);
        using var scope = ws.Scope(nameof(Encode));
        // Trained on pictures in [0, 1].
        var x = ws.Combine(0.5f, image, 1, Constant(ws, image.Shape, 0.5f));
        return scope.Return(Run(ws, _encoder, x));
    }

    /// <inheritdoc/>
    public Tensor Decode(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = ws.Scope(nameof(Decode));
        // A latent is small: squeezing it on the host costs less than an operation of its own would weigh in every backend.
        float[] z = ws.Download(latent);
        for (int i = 0; i < z.Length; i++) z[i] = LatentBound * MathF.Tanh(z[i] / LatentBound);
        var y = Run(ws, _decoder, ws.Upload(z, latent.Shape));
        return scope.Return(ws.Combine(2, y, 1, Constant(ws, y.Shape, -1)));
    }

    static Tensor Constant(Workspace ws, Shape shape, float value)
    {
        var y = ws.Rent(shape);
        ws.Backend.Fill(value, y);
        return y;
    }

    // Gives x back.
    static Tensor Run(Workspace ws, ImmutableArray<object> layers, Tensor x)
    {
        foreach (object layer in layers)
        {
            x = ws.Replace(x, layer switch
            {
                Conv2d conv => conv.Forward(ws, x),
                Block block => block.Forward(ws, x),
                Step.Relu => ws.Activate(x, Activation.Relu),
                _ => ws.ResizeNearest(x, 2 * x.Shape[1], 2 * x.Shape[2]),
            });
        }
        return x;
    }

    // relu(conv(relu(conv(relu(conv x)))) + x)
    sealed class Block(Conv2d conv0, Conv2d conv2, Conv2d conv4)
    {
        public static Block Load(WeightScope w, int channels) => new(
            Conv2d.Load(w["conv"][0], channels, channels, kernel: 3),
            Conv2d.Load(w["conv"][2], channels, channels, kernel: 3),
            Conv2d.Load(w["conv"][4], channels, channels, kernel: 3));

        public Tensor Forward(Workspace ws, Tensor x)
        {
            var h = conv0.Forward(ws, x, new Epilogue(Activation.Relu));
            h = ws.Replace(h, conv2.Forward(ws, h, new Epilogue(Activation.Relu)));
            h = ws.Replace(h, conv4.Forward(ws, h, new Epilogue(Residual: x)));
            ws.Backend.Activate(h, Activation.Relu, h);
            return h;
        }
    }
}
