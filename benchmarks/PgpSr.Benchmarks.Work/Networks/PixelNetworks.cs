using System.Collections.Immutable;
using PgpSr.Managed;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>A shipped model's network, with its own weights: one evaluation on a degraded picture of that many pixels a side.</summary>
sealed record ShippedNetwork(string Name) : Network(Name)
{
    PgpConfig Config
    {
        get
        {
            using var source = new EmbeddedSource(Name, ModelCatalog.Open(Name));
            return PgpConfigJson.Read(source.Metadata, Name);
        }
    }

    public override ImmutableArray<TensorDeclaration> Tensors => PgpModel.Declare(Config);

    public override WeightSource Source(DType type) => new EmbeddedSource(Name, ModelCatalog.Open(Name));

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        PgpConfig config = Config;
        var model = PgpModel.Load(source, backend, config);
        // The latent's grid; the degraded picture is brought to it in patches.
        IEnumerable<NetworkInput> Inputs(int side)
        {
            int grid = Math.Max(1, side / config.DegradedPatch);
            yield return NetworkInput.Noise("degraded", 1, grid, grid, config.DegradedChannels);
            if (config.Input != PgpInput.Degraded) yield return NetworkInput.Noise("sample", 1, grid, grid, config.InputChannels);
        }
        return new(model, () => model.WeightBytes, Inputs, (ws, inputs) => model.Forward(ws, inputs[^1], model.Guide(ws, inputs[0]), config.Timestep));
    }
}

/// <summary>Real-ESRGAN's generator.</summary>
sealed record RrdbNetwork(string Name, RrdbConfig Config) : Network(Name)
{
    public override ImmutableArray<TensorDeclaration> Tensors => RrdbNet.Declare(Config);

    public override LoadedNetwork Load(WeightSource source, Backend backend) => PixelNetwork.Of(RrdbNet.Load(source, backend, Config));
}

/// <summary>Real-ESRGAN's compact network.</summary>
sealed record SrVggNetwork(string Name, SrVggConfig Config) : Network(Name)
{
    public override ImmutableArray<TensorDeclaration> Tensors => SrVggNet.Declare(Config);

    public override LoadedNetwork Load(WeightSource source, Backend backend) => PixelNetwork.Of(SrVggNet.Load(source, backend, Config));
}

/// <summary>AdcSR: a picture of four times as many pixels a side as its denoiser has positions.</summary>
sealed record AdcSrNetwork(string Name, AdcSrConfig Config) : Network(Name)
{
    public override ImmutableArray<TensorDeclaration> Tensors => AdcSrModel.Declare(Config);

    public override IReadOnlyDictionary<string, string> Metadata =>
        new Dictionary<string, string> { [AdcSrConfigJson.MetadataKey] = AdcSrConfigJson.Write(Config) };

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        var model = AdcSrModel.Load(source, backend, Config);
        return new(model, () => model.WeightBytes,
            side => [NetworkInput.Noise("picture", 1, side * AdcSrConfig.Unshuffle, side * AdcSrConfig.Unshuffle, 3)], (ws, inputs) => model.Forward(ws, inputs[0]));
    }
}

/// <summary>Decoders of latents.</summary>
sealed record DecoderNetwork(string Name, bool Tiny) : Network(Name)
{
    public override ImmutableArray<TensorDeclaration> Tensors =>
        Tiny ? TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd) : AutoencoderKl.Declare(AutoencoderConfig.Sdxl);

    public override IEnumerable<(string, IEnumerable<TensorDeclaration>)> Files => [("vae/diffusion_pytorch_model.safetensors", Tensors)];

    public override LoadedNetwork Load(WeightSource source, Backend backend)
    {
        static IEnumerable<NetworkInput> Latent(int side) => [NetworkInput.Noise("latent", 1, side, side, 4)];
        if (Tiny)
        {
            var tiny = TinyAutoencoder.Load(source, backend, TinyAutoencoderConfig.Taesd);
            return new(tiny, () => tiny.WeightBytes, Latent, (ws, inputs) => tiny.Decode(ws, inputs[0]));
        }
        var vae = AutoencoderKl.Load(source, backend, AutoencoderConfig.Sdxl);
        return new(vae, () => vae.WeightBytes, Latent, (ws, inputs) => vae.Decode(ws, inputs[0]));
    }
}

static class PixelNetwork
{
    public static LoadedNetwork Of(IPixelUpscaler network) => new(network, () => network.WeightBytes,
        side => [NetworkInput.Noise("picture", 1, side, side, 3)], (ws, inputs) => network.Forward(ws, inputs[0]));
}
