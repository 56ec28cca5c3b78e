using System.Collections.Immutable;
using PgpSr.Tensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Models;

/// <summary>
/// The variational autoencoder of Stable Diffusion and SDXL (diffusers AutoencoderKL), both halves. Its features are float32 on every backend: SDXL's
/// leave the range of binary16 between the decoder's levels (diffusers has <c>force_upcast</c> in its configuration for that), and a clamped
/// feature is a spot in the picture.
/// </summary>
sealed class AutoencoderKl : LoadedNetwork<AutoencoderConfig>, IAutoencoder
{
    // diffusers clamps the posterior's log variance so; exp of more would overflow float16.
    const float MinLogVariance = -30;
    const float MaxLogVariance = 20;

    readonly VaeEncoder _encoder;
    readonly GroupNorm _encoderNormOut;
    readonly Conv2d _encoderOut;
    readonly Conv2d _quant;
    readonly Conv2d _postQuant;
    readonly VaeDecoder _decoder;

    AutoencoderKl(WeightScope w, AutoencoderConfig config)
        : base(config)
    {
        int moments = 2 * config.LatentChannels;
        _encoder = VaeEncoder.Load(w["encoder"], config);
        _encoderNormOut = GroupNorm.Load(w["encoder"]["conv_norm_out"], config.Channels[^1], config.NormGroups, VaeEncoder.NormEpsilon);
        _encoderOut = Conv2d.Load(w["encoder"]["conv_out"], config.Channels[^1], moments, kernel: 3);
        _quant = Conv2d.Load(w["quant_conv"], moments, moments, kernel: 1);
        _postQuant = Conv2d.Load(w["post_quant_conv"], config.LatentChannels, config.LatentChannels, kernel: 1);
        _decoder = VaeDecoder.Load(w["decoder"], config);
    }

    /// <inheritdoc/>
    public int Factor => Config.Factor;

    /// <inheritdoc/>
    public int LatentChannels => Config.LatentChannels;

    /// <summary>Loads both halves; every tensor of the source must be used. Old and new names of the attention are understood.</summary>
    /// <exception cref="WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static AutoencoderKl Load(WeightSource source, Backend backend, AutoencoderConfig config, CancellationToken cancellation = default) =>
        WeightLoader.Load(source, backend, config, (w, known) => new AutoencoderKl(w, known), cancellation);

    /// <summary>Every tensor that a configuration needs, in the order of loading.</summary>
    public static ImmutableArray<TensorDeclaration> Declare(AutoencoderConfig config) =>
        WeightLoader.Declare(config, (w, known) => new AutoencoderKl(w, known));

    /// <summary>The encoder's features before its <c>conv_norm_out</c>: [N, H, W, 3] to [N, H/f, W/f, Channels[^1]].</summary>
    public Tensor Features(Workspace ws, Tensor image) => _encoder.Forward(ws, image);

    /// <summary>Mean and log variance (clamped to [-30, 20]) of the posterior, unscaled, [N, H/f, W/f, LatentChannels] each.</summary>
    public (Tensor Mean, Tensor LogVariance) Posterior(Workspace ws, Tensor image)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Posterior));
        var moments = Moments(ws, image);
        var mean = ws.SliceChannels(moments, 0, LatentChannels);
        var logVariance = ws.SliceChannels(moments, LatentChannels, LatentChannels);
        // A latent is small: clamping it on the host costs less than an operation of its own would weigh in every backend.
        float[] clamped = ws.Download(logVariance);
        Primitives.Clamp(clamped, MinLogVariance, MaxLogVariance, clamped);
        return (scope.Return(mean), scope.Return(ws.Upload(clamped, logVariance.Shape)));
    }

    /// <inheritdoc/>
    public Tensor Encode(Workspace ws, Tensor image, Tensor? noise)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Encode));
        if (noise is null) return scope.Return(ws.Scale(Config.ScalingFactor, ws.SliceChannels(Moments(ws, image), 0, LatentChannels)));
        var (mean, logVariance) = Posterior(ws, image);
        float[] z = ws.Download(mean), spread = ws.Download(logVariance), n = ws.Download(noise);
        for (int i = 0; i < z.Length; i++) z[i] = (z[i] + MathF.Exp(0.5f * spread[i]) * n[i]) * Config.ScalingFactor;
        return scope.Return(ws.Upload(z, mean.Shape));
    }

    // [N, H, W, 3] to means, then log variances: [N, H/f, W/f, 2 * LatentChannels]
    Tensor Moments(Workspace ws, Tensor image)
    {
        using var scope = ws.Scope(nameof(Moments));
        var h = _encoder.Forward(ws, image);
        h = ws.Replace(h, _encoderNormOut.ForwardSilu(ws, h));
        h = ws.Replace(h, _encoderOut.Forward(ws, h));
        return scope.Return(_quant.Forward(ws, h));
    }

    /// <inheritdoc/>
    public Tensor Decode(Workspace ws, Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(ws);
        using var scope = ws.Scope(nameof(Decode));
        var z = ws.Scale(1 / Config.ScalingFactor, latent);
        z = ws.Replace(z, _postQuant.Forward(ws, z));
        return scope.Return(_decoder.Forward(ws, z));
    }
}
