using System.Globalization;
using System.Text;

namespace PgpSr.Testing;

/// <summary>
/// Weights made from seed and name instead of stored, bit for bit as <c>tests/goldens/README.md</c> says: FNV-1a of <c>seed/name</c>, SplitMix64 of
/// each index, 24 bits as a float in [-1, 1), scaled by the tensor's role.
/// </summary>
public static class GeneratedWeights
{
    /// <summary>A whole tensor, row-major.</summary>
    public static float[] Create(long seed, string name, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count = checked(count * axis);
        var values = new float[checked((int)count)];
        Fill(seed, name, shape, 0, values);
        return values;
    }

    /// <summary>Elements <paramref name="first"/> and on, row-major.</summary>
    public static void Fill(long seed, string name, ReadOnlySpan<int> shape, long first, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(name);
        ulong hash = Hash(seed, name);
        long fanIn = 1;
        foreach (int axis in shape.Length > 1 ? shape[1..] : []) fanIn *= axis;
        float matrixScale = (float)Math.Sqrt(3.0 / fanIn);
        bool isMatrix = shape.Length >= 2, isBias = name.EndsWith("bias", StringComparison.Ordinal);
        for (int i = 0; i < destination.Length; i++)
        {
            float r = Unit(hash, (ulong)(first + i));
            destination[i] = isMatrix ? r * matrixScale : isBias ? r * 0.05f : 1 + r * 0.1f;
        }
    }

    /// <summary>The raw number r of one index, in [-1, 1).</summary>
    public static float Unit(long seed, string name, long index) => Unit(Hash(seed, name), (ulong)index);

    static ulong Hash(long seed, string name)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}/{name}"))) hash = (hash ^ b) * 0x100000001b3;
        return hash;
    }

    static float Unit(ulong hash, ulong index)
    {
        ulong z = hash + (index + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 40) * (1f / (1 << 23)) - 1;
    }
}
