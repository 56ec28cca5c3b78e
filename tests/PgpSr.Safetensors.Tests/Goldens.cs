using System.Runtime.CompilerServices;

namespace PgpSr.Safetensors.Tests;

/// <summary>The golden files of the format, found by listing: <c>tests/goldens/safetensors</c>, or the folders that PGPSR_GOLDENS names.</summary>
static class Goldens
{
    public static IEnumerable<string> Files(string pattern)
    {
        var named = Environment.GetEnvironmentVariable("PGPSR_GOLDENS");
        const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var folders = string.IsNullOrEmpty(named) ? [OfRepository()] : named.Split(';', Clean);
        return folders
            .Select(folder => Path.Combine(folder, "safetensors"))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern))
            .Order(StringComparer.Ordinal);
    }

    static string OfRepository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../goldens"));
}
