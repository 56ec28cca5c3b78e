using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>The models that are part of this library.</summary>
public static class ModelCatalog
{
    /// <summary>The model that is taken where none is named.</summary>
    public const string Default = "pgp-s1-x4";

    /// <summary>Names of all embedded models.</summary>
    public static ImmutableArray<string> Names { get; } = [.. typeof(ModelCatalog).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <summary>What is known of an embedded model without loading it.</summary>
    /// <exception cref="ModelNotFoundException">There is none of this name.</exception>
    public static ModelInfo Describe(string name)
    {
        using var source = new EmbeddedSource(name, Open(name));
        var config = PgpConfigJson.Read(source.Metadata, name);
        return PipelineLoader.Describe(name, "embedded", config, source.Metadata, new CheckpointHash(() => Open(name)));
    }

    /// <summary>The checkpoint of an embedded model, a safetensors file.</summary>
    /// <exception cref="ModelNotFoundException">There is none of this name.</exception>
    public static Stream Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return typeof(ModelCatalog).Assembly.GetManifestResourceStream(name)
            ?? throw new ModelNotFoundException(name, $"no embedded model is named '{name}'; there are {string.Join(", ", Names)}");
    }
}
