using System.Diagnostics.CodeAnalysis;
using PgpSr.PyTorchZip;
using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Weights of a PyTorch checkpoint; keys of nested dictionaries are joined by dots.</summary>
/// <param name="file">An open checkpoint; closed with this source.</param>
public sealed class PyTorchSource(PyTorchZipFile file) : WeightSource
{
    byte[] _buffer = [];

    /// <inheritdoc/>
    public override string Name => file.Path;

    /// <inheritdoc/>
    public override IEnumerable<string> Keys => file.Tensors.Select(tensor => tensor.Name);

    /// <summary>Opens a file.</summary>
    /// <exception cref="PyTorchZipException">The file is something else, or asks for more than tensors and plain containers.</exception>
    public static PyTorchSource Open(string path) => new(PyTorchZipFile.Open(path));

    /// <inheritdoc/>
    public override bool TryDescribe(string key, [NotNullWhen(true)] out WeightDescription? description)
    {
        description = file.TryGet(key, out var tensor) ? WeightDescription.OfStored(tensor.DType, tensor.Shape) : null;
        return description is not null;
    }

    /// <inheritdoc/>
    public override HostTensor Read(string key)
    {
        var tensor = file[key];
        var description = WeightDescription.OfStored(tensor.DType, tensor.Shape);
        var type = description.Type ?? throw new InvalidOperationException($"{key}: {description.TypeName} is not a weight type");
        int bytes = checked((int)tensor.ByteCount);
        if (_buffer.Length < bytes) _buffer = GC.AllocateUninitializedArray<byte>(bytes);
        file.Read(tensor, 0, _buffer.AsSpan(0, bytes));
        return new HostTensor(key, type, description.Shape, _buffer.AsSpan(0, bytes));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        _buffer = [];
    }
}
