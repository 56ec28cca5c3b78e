using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>Finds out what a name or path is, and loads it into the pipeline of its family.</summary>
static class PipelineLoader
{
    public static IPipeline Load(string model, Backend backend, CancellationToken cancellation)
    {
        if (ModelCatalog.Names.Contains(model)) return LoadEmbedded(model, backend, cancellation);
        if (!File.Exists(model) && !Directory.Exists(model))
            throw new ModelNotFoundException(model, $"'{model}' is neither an embedded model ({string.Join(", ", ModelCatalog.Names)}) nor a file or folder");
        return FaithDiffFolder.LooksLikeOne(model) ? FaithDiffPipeline.Load(model, backend, cancellation) : LoadSmall(model, backend, cancellation);
    }

    static TilePipeline LoadEmbedded(string name, Backend backend, CancellationToken cancellation)
    {
        using var source = new EmbeddedSource(name, ModelCatalog.Open(name));
        var config = PgpConfigJson.Read(source.Metadata, name);
        var info = Describe(name, "embedded", config, source.Metadata, new CheckpointHash(() => ModelCatalog.Open(name)));
        return Small(source, info, config, backend, cancellation);
    }

    static TilePipeline LoadSmall(string path, Backend backend, CancellationToken cancellation)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        using var source = new SafetensorsSource(checkpoint);
        var file = checkpoint.Files[0];
        var config = PgpConfigJson.Read(file.Metadata, file.Path);
        var info = Describe(Path.GetFileNameWithoutExtension(file.Path), path, config, file.Metadata, new CheckpointHash(() => File.OpenRead(file.Path)));
        return Small(source, info, config, backend, cancellation);
    }

    // No colour fix: a residual is added to the enlarged source, whose colours the result thereby has; the other models see the source in every step.
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
