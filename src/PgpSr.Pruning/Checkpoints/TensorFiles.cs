using PgpSr.PyTorchZip;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>Named tensors of one safetensors checkpoint or one PyTorch zip file, under one face.</summary>
sealed class TensorFiles : IDisposable
{
    readonly IDisposable _file;

    TensorFiles(IDisposable file, string path, IReadOnlyList<string> paths, IReadOnlyList<StoredTensor> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        _file = file;
        Path = path;
        Paths = paths;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The file or index.</summary>
    public string Path { get; }

    /// <summary>Every file that holds tensors.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The first file's <c>__metadata__</c>; empty for a PyTorch file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a safetensors file, index or folder; or a PyTorch zip file, known by how it begins.</summary>
    public static TensorFiles Open(string path)
    {
        if (File.Exists(path) && IsZip(path))
        {
            var zip = PyTorchZipFile.Open(path);
            return new TensorFiles(zip, path, [path], [.. zip.Tensors.Select(t => StoredTensor.Of(zip, t))], new Dictionary<string, string>());
        }
        var checkpoint = SafetensorsCheckpoint.Open(path);
        return new TensorFiles(
            checkpoint, checkpoint.Path, [.. checkpoint.Files.Select(f => f.Path)],
                [.. checkpoint.Tensors.Select(t => StoredTensor.Of(checkpoint, t))],
            checkpoint.Files.IsEmpty ? new Dictionary<string, string>() : checkpoint.Files[0].Metadata);
    }

    public void Dispose() => _file.Dispose();

    static bool IsZip(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\x03\x04"u8);
    }
}
