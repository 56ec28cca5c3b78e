using PgpSr.PyTorchZip;

namespace PgpSr.Models;

/// <summary>Weights of a PyTorch checkpoint; keys of nested dictionaries are joined by dots.</summary>
/// <param name="file">An open checkpoint; closed with this source.</param>
sealed class PyTorchSource(PyTorchZipFile file) : StoredSource
{
    /// <inheritdoc/>
    public override string Name => file.Path;

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => file.Tensors.Select(tensor => tensor.Name);

    /// <summary>Opens a file.</summary>
    /// <exception cref="PyTorchZipException">The file is something else, or asks for more than tensors and plain containers.</exception>
    public static PyTorchSource Open(string path) => new(PyTorchZipFile.Open(path));

    /// <inheritdoc/>
    protected override WeightDescription? Find(string key) =>
        file.TryGet(key, out var tensor) ? WeightDescription.OfStored(tensor.DType, tensor.Shape) : null;

    /// <inheritdoc/>
    protected override void Copy(string key, Span<byte> bytes) => file.Read(file[key], 0, bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) file.Dispose();
    }
}
