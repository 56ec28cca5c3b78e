using System.Globalization;
using PgpSr.Imaging;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Finds out what a name or path is, and loads it into the pipeline of its family.</summary>
static class PipelineLoader
{
    const string CannotBeTold = "is set, but this model has no adjustable denoising; leave it out";

    public static IPipeline Load(string model, Backend backend, ModelOptions options, CancellationToken cancellation)
    {
        bool embedded = ModelCatalog.Names.Contains(model);
        if (!embedded && !File.Exists(model) && !Directory.Exists(model))
            throw new ModelNotFoundException(model, ModelCatalog.Missing(model) ?? $"'{model}' is neither an embedded model ({string.Join(", ", ModelCatalog.Names)}) nor a file or folder");
        if (options.Denoise is { } denoise && !(denoise is >= 0 and <= 1))
            Throw.Option(model, nameof(options.Denoise), $"is {denoise}; expected 0 to 1");
        if (options.Denoise is not null && !embedded && (OneStepLoader.LooksLikeOne(model) || X4Folder.LooksLikeOne(model)
            || LdmSrFolder.LooksLikeOne(model) || FaithDiffFolder.LooksLikeOne(model) || AdcSrFolder.LooksLikeOne(model)))
        {
            Throw.Option(model, nameof(options.Denoise), CannotBeTold);
        }
        if (options.Look is { } look)
        {
            if (!(look is >= 0 and <= 1)) Throw.Option(model, nameof(options.Look), $"is {look}; expected 0 (faithful) to 1 (vivid)");
            if (ModelCatalog.Looks(model) is null)
                Throw.Option(model, nameof(options.Look), $"is set, but this model has no vivid twin; {ModelCatalog.Default} has one");
        }
        if (!embedded && OneStepLoader.LooksLikeOne(model)) return OneStepLoader.Load(model, backend, options, cancellation);
        if ((options.PixelStrength ?? options.DetailStrength) is not null)
            Throw.Option(model, nameof(options.PixelStrength), "or detail strength is set, but only PiSA-SR has adapters to weight");
        if (!embedded && X4Folder.LooksLikeOne(model))
        {
            if (options.Vae is not null)
                Throw.Option(model, nameof(options.Vae), "is set, but TAESD is for other latents than those of the Stable Diffusion x4 upscaler");
            return X4Pipeline.Load(model, backend, cancellation);
        }
        if (!embedded && LdmSrFolder.LooksLikeOne(model))
        {
            if (options.Vae is not null) Throw.Option(model, nameof(options.Vae), "is set, but TAESD is for other latents than LDM-SR's");
            return LoadLdmSr(model, backend, cancellation);
        }
        if (!embedded && FaithDiffFolder.LooksLikeOne(model)) return FaithDiffPipeline.Load(model, backend, options.Vae, cancellation);
        if (options.Vae is not null) Throw.Option(model, nameof(options.Vae), "is set, but this model has no autoencoder to replace");
        if (!embedded && AdcSrFolder.LooksLikeOne(model)) return LoadAdcSr(model, backend, cancellation);
        if (!embedded && RealEsrganFile.LooksLikeOne(model)) return LoadRealEsrgan(model, backend, options.Denoise ?? 1, cancellation);
        if (ModelCatalog.Looks(model) is { } looks && options.Look is { } share) return LoadLook(looks, share, backend, options, cancellation);
        return embedded ? LoadEmbedded(model, backend, options, cancellation) : LoadSmall(model, backend, options, cancellation);
    }

    static TilePipeline LoadEmbedded(string name, Backend backend, ModelOptions options, CancellationToken cancellation)
    {
        using var source = new EmbeddedSource(name, ModelCatalog.Open(name));
        var config = PgpConfigJson.Read(source.Metadata, name);
        var info = Describe(name, "embedded", config, source.Metadata, new CheckpointHash(() => ModelCatalog.Open(name)));
        return Small(source, Named(info, options.Denoise), Told(config, name, options.Denoise), backend, cancellation);
    }

    // Beside either end there is nothing to mix: the model's own weights, bit for bit.
    static TilePipeline LoadLook((string Faithful, string Vivid) looks, float look, Backend backend, ModelOptions options, CancellationToken cancellation)
    {
        var (faithful, vivid) = looks;
        if (look is 0 or 1) return LoadEmbedded(look == 0 ? faithful : vivid, backend, options, cancellation);
        var (first, second) = (new EmbeddedSource(vivid, ModelCatalog.Open(vivid)), new EmbeddedSource(faithful, ModelCatalog.Open(faithful)));
        using var source = new InterpolatedSource(first, second, look);
        var config = PgpConfigJson.Read(second.Metadata, faithful);
        if (config != PgpConfigJson.Read(first.Metadata, vivid)) throw new ConfigException(vivid, $"has a different network from {faithful}");
        var info = Describe(string.Create(CultureInfo.InvariantCulture, $"{faithful}-look-{look}"), "embedded", config, second.Metadata,
            new CheckpointHash([() => ModelCatalog.Open(vivid), () => ModelCatalog.Open(faithful)]));
        return Small(source, Named(info, options.Denoise), Told(config, faithful, options.Denoise), backend, cancellation);
    }

    static TilePipeline LoadSmall(string path, Backend backend, ModelOptions options, CancellationToken cancellation)
    {
        if (CheckpointFile.IsPyTorch(path)) RefuseUnknown(path);
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        using var source = new SafetensorsSource(checkpoint);
        var file = checkpoint.Files[0];
        var config = PgpConfigJson.Read(file.Metadata, file.Path);
        var info = Describe(Path.GetFileNameWithoutExtension(file.Path), path, config, file.Metadata, new CheckpointHash(() => File.OpenRead(file.Path)));
        return Small(source, Named(info, options.Denoise), Told(config, path, options.Denoise), backend, cancellation);
    }

    // What is told belongs to how a picture was made, and so to what its file says.
    static ModelInfo Named(ModelInfo info, float? denoise) =>
        denoise is { } told ? info with { Name = string.Create(CultureInfo.InvariantCulture, $"{info.Name}-denoise-{told}") } : info;

    static PgpConfig Told(PgpConfig config, string model, float? damage)
    {
        if (damage is not { } known) return config;
        if (config.DamageTimestep == 0) Throw.Option(model, nameof(ModelOptions.Denoise), CannotBeTold);
        return config with { Timestep = (int)MathF.Round(known * config.DamageTimestep), DamageTimestep = 0 };
    }

    // A damaged one says itself what is wrong with it.
    static void RefuseUnknown(string path)
    {
        const int MostNamed = 3;
        using var source = CheckpointFile.Open(path);
        if (source is not PyTorchSource) return;
        string[] keys = [.. source.Keys.Take(MostNamed)];
        throw new ConfigException(path, $"is a PyTorch checkpoint of an unknown network ({source.Keys.Count()} tensors"
            + $"{(keys.Length == 0 ? "" : $": {string.Join(", ", keys)}, ...")}); supported are AdcSR, OSEDiff, PiSA-SR, HYPIR and Real-ESRGAN");
    }

    static TilePipeline LoadAdcSr(string path, Backend backend, CancellationToken cancellation)
    {
        using var checkpoint = AdcSrFolder.Open(path);
        var info = new ModelInfo
        {
            Name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))),
            Kind = ModelKind.AdcSr,
            Scale = checkpoint.Config.Scale,
            DefaultSteps = 1,
            Source = path,
            License = "CreativeML Open RAIL++-M",
            Description = "AdcSR (arXiv 2411.13383), a pruned Stable Diffusion 2.1 in one step",
            Hash = new CheckpointHash([.. checkpoint.Files.Select<string, Func<Stream>>(file => () => File.OpenRead(file))]),
        };
        // The publisher's own way: statistics of the small picture, then truncation.
        return new TilePipeline(new AdcSrRestorer(AdcSrModel.Load(checkpoint.Source, backend, checkpoint.Config, cancellation)), info, backend,
            ColorFixMethod.AdaIn, colorsOfSource: true, PixelRounding.Truncate);
    }

    static TilePipeline LoadLdmSr(string path, Backend backend, CancellationToken cancellation)
    {
        // The authors' program takes 100.
        const int steps = 50;
        var checkpoint = LdmSrFolder.Open(path);
        var info = new ModelInfo
        {
            Name = checkpoint.Parts.Name,
            Kind = ModelKind.LdmSr,
            Scale = checkpoint.Vq.Form.Factor,
            DefaultSteps = steps,
            Source = path,
            License = "Apache-2.0",
            Description = "LDM-SR (arXiv 2112.10752), latent diffusion without text",
            Hash = new CheckpointHash([.. checkpoint.Files.Select<string, Func<Stream>>(file => () => File.OpenRead(file))]),
        };
        return new TilePipeline(checkpoint.Load(backend, cancellation), info, backend);
    }

    // No color fix: the publishers have none. Rounded to the nearest level, as theirs.
    static TilePipeline LoadRealEsrgan(string path, Backend backend, float denoise, CancellationToken cancellation)
    {
        using var source = RealEsrganFile.Open(path, denoise);
        var network = RealEsrgan.Load(source, backend, cancellation);
        var info = new ModelInfo
        {
            Name = Path.GetFileNameWithoutExtension(path),
            Kind = ModelKind.RealEsrgan,
            Scale = network.Scale,
            DefaultSteps = 1,
            Source = path,
            Description = network.Config.Description,
            Hash = new CheckpointHash(() => File.OpenRead(path)),
        };
        return new TilePipeline(new RealEsrganRestorer(network), Named(info, denoise < 1 ? denoise : null), backend);
    }

    // No color fix: a residual is added to the enlarged source, whose colors the result thereby has; the other models see the source in every step.
    static TilePipeline Small(WeightSource source, ModelInfo info, PgpConfig config, Backend backend, CancellationToken cancellation) =>
        new(new SmallRestorer(PgpModel.Load(source, backend, config, cancellation)), info, backend);

    /// <summary>What a checkpoint's metadata tells.</summary>
    public static ModelInfo Describe(string name, string source, PgpConfig config, IReadOnlyDictionary<string, string> metadata,
        CheckpointHash hash) => new()
        {
            Name = name,
            Kind = ModelKind.Small,
            Scale = config.Scale,
            DefaultSteps = config.Steps,
            Source = source,
            License = metadata.GetValueOrDefault("license", ""),
            Description = metadata.GetValueOrDefault("pgpsr.training_data", ""),
            ParameterCount = PgpModel.Declare(config).Sum(tensor => tensor.Shape.Count),
            Hash = hash,
        };
}
