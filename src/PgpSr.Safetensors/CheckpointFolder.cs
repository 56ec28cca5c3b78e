using System.Text.RegularExpressions;

namespace PgpSr.Safetensors;

/// <summary>
/// Chooses the checkpoint in a folder by the names that diffusers and transformers write:
/// <c>NAME[.VARIANT].safetensors</c>, or <c>NAME.safetensors.index[.VARIANT].json</c> beside <c>NAME[.VARIANT]-00001-of-00002.safetensors</c>.
/// </summary>
static partial class CheckpointFolder
{
    public static string Choose(string folder, string? variant)
    {
        var candidates = Directory.EnumerateFiles(folder)
            .Select(path => (Path: path, Variant: VariantOf(Path.GetFileName(path))))
            .Where(candidate => candidate.Variant is not null)
            .OrderBy(candidate => candidate.Path, StringComparer.Ordinal)
            .ToArray();
        if (candidates.Length == 0)
            Throw.Broken(
                SafetensorsRule.FolderUnclear, folder, null,
                $"the folder contains neither a .safetensors file nor an index of shards (*.safetensors.index.json): {Contents(folder)}.");

        var chosen = variant is not null || candidates.Length > 1 ? Array.FindAll(candidates, c => c.Variant == (variant ?? "")) : candidates;
        if (chosen.Length != 1)
        {
            var names = string.Join(", ", candidates.Select(c => Path.GetFileName(c.Path)));
            var which = variant is null ? "name one of them, or a variant" : $"the variant '{variant}' does not select exactly one";
            Throw.Broken(SafetensorsRule.FolderUnclear, folder, null, $"the folder holds {names}: {which}.");
        }

        return chosen[0].Path;
    }

    // What there is instead; a download that stopped and a folder above or below the right one are the usual cases.
    static string Contents(string folder)
    {
        const int MostNamed = 5;
        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        if (names.Length == 0) return "it is empty";
        if (names.FirstOrDefault(name => Path.GetExtension(name).ToUpperInvariant() is ".BIN" or ".PT" or ".PTH" or ".CKPT") is { } pickled)
            return $"it holds {pickled}: convert it first with pgpsr convert";
        return $"it holds {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? ", ..." : "")}";
    }

    // "" where the name has no variant, null where the file is no checkpoint, or a shard of one.
    static string? VariantOf(string name)
    {
        var index = Index().Match(name);
        if (index.Success) return index.Groups["variant"].Value;
        var single = Single().Match(name);
        return single.Success && !Shard().IsMatch(name) ? single.Groups["variant"].Value : null;
    }

    [GeneratedRegex(@"\.safetensors\.index(\.(?<variant>[^.]+))?\.json$", RegexOptions.CultureInvariant)]
    private static partial Regex Index();

    [GeneratedRegex(@"^[^.]+(\.(?<variant>[^.]+))?.*\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex Single();

    [GeneratedRegex(@"-\d{5}-of-\d{5}\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();
}
