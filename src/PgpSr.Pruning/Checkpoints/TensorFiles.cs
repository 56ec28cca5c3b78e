using PgpSr.Models;
using PgpSr.PyTorchZip;
using PgpSr.Restoration;
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
        if (File.Exists(path) && PyTorchZipFile.Recognizes(path))
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

    /// <summary>AdcSR's files as one, under our names and with our configuration.</summary>
    /// <exception cref="ConfigException">A part is missing, or does not hold what the network needs.</exception>
    public static TensorFiles OpenAdcSr(string path)
    {
        using var checkpoint = AdcSrFolder.Open(path);
        if (checkpoint.Files is [var whole]) return Open(whole);
        var parts = new Parts();
        try
        {
            foreach (string file in checkpoint.Files) parts.Add(Open(file));
            Func<string, string?>[] translate = [AdcSrTopology.TranslateNetwork, AdcSrTopology.TranslateDecoder];
            List<StoredTensor> tensors = [.. parts.Zip(translate).SelectMany(part => part.First.Tensors
                .Select(tensor => (Tensor: tensor, Name: part.Second(tensor.Name))).Where(one => one.Name is not null)
                .Select(one => one.Tensor.Renamed(one.Name!)))];
            return new TensorFiles(parts, path, checkpoint.Files, tensors,
                new Dictionary<string, string> { [AdcSrConfigJson.MetadataKey] = AdcSrConfigJson.Write(checkpoint.Config) });
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>A file of one of Real-ESRGAN's networks under BasicSR's names, without what lies beside the network that is read.</summary>
    /// <exception cref="ConfigException">It describes no network that is known.</exception>
    public static TensorFiles OpenRealEsrgan(string path)
    {
        using (var source = RealEsrgan.Open(path)) RealEsrgan.Describe(source);
        var file = Open(path);
        var names = RealEsrgan.Names(file.Tensors.Select(tensor => tensor.Name));
        return new TensorFiles(file, file.Path, file.Paths,
            [.. file.Tensors.Select(tensor => (Tensor: tensor, Name: names(tensor.Name))).Where(one => one.Name is not null)
                .Select(one => one.Tensor.Renamed(one.Name!))], file.Metadata);
    }

    public void Dispose() => _file.Dispose();

    sealed class Parts : List<TensorFiles>, IDisposable
    {
        public void Dispose() => ForEach(part => part.Dispose());
    }
}
