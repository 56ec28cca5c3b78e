using PgpSr.PyTorchZip;

namespace PgpSr.Models;

/// <summary>Weights of any file that this library reads.</summary>
public static class CheckpointFile
{
    /// <summary>Opens a PyTorch checkpoint, known by how it begins; or a safetensors file, index or folder.</summary>
    /// <exception cref="PyTorchZipException">A PyTorch file asks for more than tensors and plain containers.</exception>
    /// <exception cref="Safetensors.SafetensorsException">The file is neither, or breaks a rule of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) && PyTorchZipFile.Recognizes(path) ? PyTorchSource.Open(path) : SafetensorsSource.Open(path);
    }
}
