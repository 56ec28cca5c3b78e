using PgpSr.PyTorchZip;
using PgpSr.Safetensors;

namespace PgpSr.Models;

/// <summary>Weights of any file that this library reads.</summary>
static class CheckpointFile
{
    static readonly string[] s_extensions = [".pth", ".pt", ".pkl", ".ckpt", ".bin"];

    /// <summary>Opens a PyTorch checkpoint, known by how it begins or is named; or a safetensors file, index or folder.</summary>
    /// <exception cref="PyTorchZipException">A PyTorch file asks for more than tensors and plain containers.</exception>
    /// <exception cref="SafetensorsException">The file is neither, or breaks a rule of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!IsPyTorch(path)) return SafetensorsSource.Open(path);
        if (PyTorchZipFile.Recognizes(path)) return PyTorchSource.Open(path);
        try
        {
            // Under the other's name.
            return SafetensorsSource.Open(path);
        }
        catch (SafetensorsException e) when (e.Rule != SafetensorsRule.OtherFormat)
        {
            return PyTorchSource.Open(path);
        }
    }

    /// <summary>True for a file that begins as PyTorch's do, or is named as they are: whatever is wrong with it is told in their terms.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsPyTorch(string path) => File.Exists(path) && (PyTorchZipFile.Recognizes(path)
        || s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase));
}
