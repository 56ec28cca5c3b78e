namespace PgpSr.Pruning.Tests;

/// <summary>A folder of a test's own, gone when it ends.</summary>
sealed class TestFolder : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pgpsr-pruning-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Names of everything directly inside.</summary>
    public string[] Names => [.. _folder.EnumerateFileSystemInfos().Select(e => e.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);
}
