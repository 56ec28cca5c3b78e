using System.Collections.Concurrent;

namespace PgpSr.Testing;

/// <summary>
/// The golden cases, found by listing: <c>tests/goldens</c> and <c>tests/goldens/public</c> of the repository (upwards from the test's assembly), or
/// the folders that the environment variable <c>PGPSR_GOLDENS</c> names, with <c>;</c> between them.
/// </summary>
public static class Goldens
{
    /// <summary>Replaces the repository's folder.</summary>
    public const string EnvironmentVariable = "PGPSR_GOLDENS";

    static readonly ConcurrentDictionary<string, string> s_kinds = new();

    /// <summary>The folders in use.</summary>
    /// <exception cref="InvalidOperationException">One does not exist.</exception>
    public static IReadOnlyList<string> Folders
    {
        get
        {
            string? named = Environment.GetEnvironmentVariable(EnvironmentVariable);
            if (string.IsNullOrWhiteSpace(named)) return [RepositoryFolder, PublicFolder];
            string[] folders = named.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (string folder in folders)
                if (!Directory.Exists(folder)) throw new InvalidOperationException($"{EnvironmentVariable} names '{folder}', which does not exist");
            return folders;
        }
    }

    /// <summary><c>tests/goldens</c> of the repository this assembly was built in.</summary>
    public static string RepositoryFolder => Path.Combine(RepositoryRoot, "tests", "goldens");

    /// <summary>Cases of networks that others published and trained.</summary>
    public static string PublicFolder => Path.Combine(RepositoryFolder, "public");

    /// <summary>Small checkpoints in the published layouts, written by PyTorch.</summary>
    public static string Checkpoint(string name) => Path.Combine(PublicFolder, "checkpoints", name);

    /// <summary>The checkout: the nearest folder upwards that holds <c>tests/goldens</c>.</summary>
    public static string RepositoryRoot
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (Directory.Exists(Path.Combine(folder.FullName, "tests", "goldens"))) return folder.FullName;
            throw new InvalidOperationException($"no folder above '{AppContext.BaseDirectory}' holds tests/goldens; set {EnvironmentVariable}");
        }
    }

    /// <summary>Paths of all cases, in a fixed order.</summary>
    public static IEnumerable<string> All => Folders.SelectMany(In);

    /// <summary>Paths of the cases in one folder.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal);

    /// <summary>Paths of the cases of one kind.</summary>
    public static IEnumerable<string> Of(string kind) => All.Where(path => KindOf(path) == kind);

    /// <summary>A case's kind.</summary>
    public static string KindOf(string path) => s_kinds.GetOrAdd(path, static p =>
    {
        using var one = GoldenCase.Open(p);
        return one.Kind;
    });
}
