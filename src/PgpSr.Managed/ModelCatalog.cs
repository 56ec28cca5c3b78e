using System.Collections.Immutable;
using System.Reflection;
using PgpSr.Models;
using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>
/// The models that have names: the default, which is part of this library, and those of the packages <c>PgpSr.Models.NAME</c> that a program
/// references.
/// </summary>
public static class ModelCatalog
{
    /// <summary>The model used by default.</summary>
    public const string Default = "pgp-s1-x4";

    const string PackagePrefix = "PgpSr.Models.";

    // Only these are looked for: a name that a user types loads no assembly.
    static readonly ImmutableArray<string> s_packaged = ["pgp-s1-x2", "pgp-s1-x4-vivid"];

    static readonly ImmutableSortedDictionary<string, Assembly> s_assemblies = Find();

    /// <summary>Names of all available models.</summary>
    public static ImmutableArray<string> Names { get; } = [.. s_assemblies.Keys];

    /// <summary>What the name of a model's vivid twin ends with.</summary>
    const string VividSuffix = "-vivid";

    /// <summary>The faithful and the vivid model of a pair, by the name of either, whether both are there or not; null for a model without a twin.</summary>
    internal static (string Faithful, string Vivid)? Looks(string name)
    {
        string faithful = name.EndsWith(VividSuffix, StringComparison.Ordinal) ? name[..^VividSuffix.Length] : name, vivid = faithful + VividSuffix;
        return s_packaged.Contains(vivid) ? (faithful, vivid) : null;
    }

    /// <summary>Describes a named model without loading it.</summary>
    /// <exception cref="ModelNotFoundException">There is no model of this name.</exception>
    public static ModelInfo Describe(string name)
    {
        using var source = new EmbeddedSource(name, Open(name));
        var config = PgpConfigJson.Read(source.Metadata, name);
        return PipelineLoader.Describe(name, "embedded", config, source.Metadata, new CheckpointHash(() => Open(name)));
    }

    /// <summary>The checkpoint of a named model, a safetensors file.</summary>
    /// <exception cref="ModelNotFoundException">There is no model of this name; if a package has it, the message names the package.</exception>
    public static Stream Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return s_assemblies.TryGetValue(name, out var assembly)
            ? assembly.GetManifestResourceStream(name)!
            : throw new ModelNotFoundException(name, Missing(name) ?? $"unknown model '{name}'; the models are {string.Join(", ", Names)}");
    }

    /// <summary>What to say of a model that a package has which the program does not reference; null for any other name.</summary>
    internal static string? Missing(string name) => s_packaged.Contains(name) && !s_assemblies.ContainsKey(name)
        ? $"the model '{name}' comes with a package that this program does not reference: dotnet add package {PackagePrefix}{name}"
        : null;

    static ImmutableSortedDictionary<string, Assembly> Find()
    {
        var found = ImmutableSortedDictionary.CreateBuilder<string, Assembly>(StringComparer.Ordinal);
        found.Add(Default, typeof(ModelCatalog).Assembly);
        foreach (string name in s_packaged)
        {
            try
            {
                found.Add(name, Assembly.Load(new AssemblyName(PackagePrefix + name)));
            }
            catch (FileNotFoundException)
            {
                // The program does not reference its package.
            }
        }
        return found.ToImmutable();
    }
}
