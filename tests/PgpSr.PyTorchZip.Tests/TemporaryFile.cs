namespace PgpSr.PyTorchZip.Tests;

/// <summary>A file for one test, deleted afterwards.</summary>
sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[]? content = null) => File.WriteAllBytes(Path, content ?? []);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pgpsr-pytorchzip-{Guid.NewGuid():N}.bin");

    public void Dispose() => File.Delete(Path);
}
