using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Testing;

/// <summary>One network of a folder in diffusers' layout, with generated weights.</summary>
static class NetworkFolder
{
    /// <summary>Writes configuration and weights.</summary>
    public static void Write(string folder, string part, string config, IEnumerable<TensorDeclaration> tensors, long seed, string prefix)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        string path = Directory.CreateDirectory(Path.Combine(folder, part)).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), config);
        var writer = new SafetensorsWriter();
        foreach (var (name, shape) in tensors)
        {
            int[] axes = [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
            writer.Add(name, SafetensorsDType.Float32, [.. axes.Select(axis => (long)axis)],
                MemoryMarshal.AsBytes<float>(GeneratedWeights.Create(seed, prefix + name, axes)).ToArray());
        }
        writer.Write(Path.Combine(path, "model.safetensors"));
    }
}
