using System.Collections.Immutable;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>
/// The vector-quantized autoencoder of latent diffusion (diffusers VQModel; Esser et al. 2021): latents are rows of a codebook when they are decoded.
/// Its features are float32 on every backend.
/// </summary>
sealed class VqAutoencoder : LoadedNetwork<VqConfig>
{
    readonly VaeEncoder _encoder;
    readonly GroupNorm _encoderNormOut;
    readonly Conv2d _encoderOut;
    readonly Conv2d _quant;
    readonly Conv2d _postQuant;
    readonly VaeDecoder _decoder;

    // [Codes, CodeChannels], row-major; empty before the weights are there.
    readonly float[] _codebook = [];

    VqAutoencoder(WeightScope w, VqConfig config)
        : base(config)
    {
        var form = config.Form;
        _encoder = VaeEncoder.Load(w["encoder"], form);
        _encoderNormOut = GroupNorm.Load(w["encoder"]["conv_norm_out"], form.Channels[^1], form.NormGroups, VaeEncoder.NormEpsilon);
        _encoderOut = Conv2d.Load(w["encoder"]["conv_out"], form.Channels[^1], form.LatentChannels, kernel: 3);
        _quant = Conv2d.Load(w["quant_conv"], form.LatentChannels, config.CodeChannels, kernel: 1);
        var table = w["quantize"]["embedding"].Table("weight", config.Codes, config.CodeChannels);
        _postQuant = Conv2d.Load(w["post_quant_conv"], config.CodeChannels, form.LatentChannels, kernel: 1);
        _decoder = VaeDecoder.Load(w["decoder"], form);
        if (table is null) return; // the walk declares
        _codebook = new float[checked(config.Codes * config.CodeChannels)];
        for (int code = 0; code < config.Codes; code++) table.AddTo(code, _codebook.AsSpan(code * config.CodeChannels, config.CodeChannels));
    }

    /// <summary>Pixels per latent position, in each direction.</summary>
    public int Factor => Config.Form.Factor;

    /// <summary>Bytes of the packed weights and of the codebook.</summary>
    public override long WeightBytes => base.WeightBytes + (long)_codebook.Length * sizeof(float);

    /// <summary>Loads both halves and the codebook; every tensor of the source must be used. Old and new names of the attention are
    /// understood.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static VqAutoencoder Load(WeightSource source, Backend backend, VqConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new VqAutoencoder(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(VqConfig config) =>
        WeightLoader.Declare(config, (w, known) => new VqAutoencoder(w, known));

    /// <summary>[N, H, W, 3] in [-1, 1] to a latent [N, H/f, W/f, CodeChannels], not quantized.</summary>
    public Tensor Encode(Workspace ws, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Encode));
        var h = _encoder.Forward(ws, image);
        h = ws.Replace(h, _encoderNormOut.ForwardSilu(ws, h));
        h = ws.Replace(h, _encoderOut.Forward(ws, h));
        return scope.Return(_quant.Forward(ws, h));
    }

    /// <summary>A latent [N, h, w, CodeChannels] to a picture [N, h f, w f, 3], about [-1, 1]: nearest codes, then the decoder.</summary>
    public Tensor Decode(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Decode));
        return scope.Return(DecodeCodes(ws, Quantize(ws, latent)));
    }

    /// <summary>The decoder alone, on a latent as it is; kept.</summary>
    public Tensor DecodeCodes(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(DecodeCodes));
        var z = _postQuant.Forward(ws, latent);
        return scope.Return(_decoder.Forward(ws, z));
    }

    /// <summary>Every position's nearest row of the codebook, [N, h, w, CodeChannels].</summary>
    public Tensor Quantize(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        ArgumentNullException.ThrowIfNull(latent);
        // A latent is small: the search on the host costs less than an operation of its own would weigh in every backend.
        int channels = Config.CodeChannels;
        int[] codes = Codes(ws.Download(latent), ws.CancellationToken);
        var rows = new float[latent.Shape.Count];
        for (int i = 0; i < codes.Length; i++) _codebook.AsSpan(codes[i] * channels, channels).CopyTo(rows.AsSpan(i * channels));
        return ws.Upload(rows, latent.Shape);
    }

    /// <summary>The nearest row (Euclid) of each of some vectors of CodeChannels numbers; of equal ones the first.</summary>
    public int[] Codes(float[] latent, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(latent);
        const int rowsAtOnce = 256;
        int channels = Config.CodeChannels, count = latent.Length / channels;
        var codes = new int[count];
        Parallel.For(0, (count + rowsAtOnce - 1) / rowsAtOnce, new ParallelOptions { CancellationToken = cancellation }, part =>
        {
            for (int i = part * rowsAtOnce; i < Math.Min(count, (part + 1) * rowsAtOnce); i++)
            {
                var vector = latent.AsSpan(i * channels, channels);
                bool again = i > part * rowsAtOnce && vector.SequenceEqual(latent.AsSpan((i - 1) * channels, channels));
                codes[i] = again ? codes[i - 1] : Nearest(vector);
            }
        });
        return codes;
    }

    int Nearest(ReadOnlySpan<float> vector)
    {
        int nearest = 0;
        float least = float.PositiveInfinity;
        for (int code = 0, at = 0; at < _codebook.Length; code++, at += vector.Length)
        {
            float square = 0;
            for (int c = 0; c < vector.Length; c++)
            {
                float difference = vector[c] - _codebook[at + c];
                square += difference * difference;
            }
            if (square < least) (least, nearest) = (square, code);
        }
        return nearest;
    }
}
