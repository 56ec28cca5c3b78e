using System.Runtime.InteropServices;
using PgpSr.Models;
using PgpSr.Safetensors;
using PgpSr.Sampling;

namespace PgpSr.Pruning;

/// <summary>
/// First weights of adapters that are put into a network: the last convolution is zero, so that nothing changes before training; norms are the
/// identity; the rest has PyTorch's default spread, 1 / sqrt(3 fan-in), because a network of zeros has no slope to learn by.
/// </summary>
static class NewWeights
{
    public static byte[] Of(TensorDeclaration tensor, ulong seed, SafetensorsDType type)
    {
        var values = new float[checked((int)tensor.Shape.Count)];
        if (IsNorm(tensor.Name)) values.AsSpan().Fill(tensor.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
        else if (!tensor.Name.Contains(".conv_2.", StringComparison.Ordinal) && tensor.Shape.Rank > 1) Fill(tensor, seed, values);
        byte[] bytes = new byte[values.Length * (type.BitCount() / 8)];
        Narrowing.FromSingle(values, type, bytes);
        return bytes;
    }

    static bool IsNorm(string name) => name.Contains(".norm_", StringComparison.Ordinal);

    static void Fill(TensorDeclaration tensor, ulong seed, float[] values)
    {
        long fanIn = tensor.Shape.Count / tensor.Shape[0];
        float spread = (float)(1 / Math.Sqrt(3.0 * fanIn));
        var noise = new NoiseSource(seed ^ Fnv(tensor.Name));
        for (int i = 0; i < values.Length; i++) values[i] = spread * noise.At(0, 0, i, 0);
    }

    // FNV-1a: a name's own stream, so that a weight does not depend on what else is put in.
    static ulong Fnv(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in MemoryMarshal.AsBytes(name.AsSpan())) hash = (hash ^ b) * 1099511628211;
        return hash;
    }
}
