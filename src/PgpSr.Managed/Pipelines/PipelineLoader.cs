using PgpSr.Models;
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

    static SmallModelPipeline LoadEmbedded(string name, Backend backend, CancellationToken cancellation)
    {
        using var source = new EmbeddedSource(name, ModelCatalog.Open(name));
        var config = PgpConfigJson.Read(source.Metadata, name);
        var info = SmallModelPipeline.Describe(name, "embedded", config, source.Metadata, new CheckpointHash(() => ModelCatalog.Open(name)));
        return new SmallModelPipeline(PgpModel.Load(source, backend, config, cancellation), info, backend);
    }

    static SmallModelPipeline LoadSmall(string path, Backend backend, CancellationToken cancellation)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        using var source = new SafetensorsSource(checkpoint);
        var file = checkpoint.Files[0];
        var config = PgpConfigJson.Read(file.Metadata, file.Path);
        var info = SmallModelPipeline.Describe(Path.GetFileNameWithoutExtension(file.Path), path, config, file.Metadata, new CheckpointHash(() => File.OpenRead(file.Path)));
        return new SmallModelPipeline(PgpModel.Load(source, backend, config, cancellation), info, backend);
    }
}
