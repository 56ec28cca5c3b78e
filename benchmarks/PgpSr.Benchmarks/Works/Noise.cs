using System.Runtime.InteropServices;
using PgpSr.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Benchmarks;

/// <summary>Reproducible inputs.</summary>
static class Noise
{
    /// <summary>Uniform values in [-scale, scale), the same for the same seed.</summary>
    public static float[] Uniform(int count, float scale, ulong seed)
    {
        var values = new float[count];
        ulong state = seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03;
        for (int i = 0; i < values.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            values[i] = ((int)(state >> 40) - (1 << 23)) * (scale / (1 << 23));
        }
        return values;
    }

    /// <summary>
    /// As <see cref="Uniform"/>, rounded to values that F16 and BF16 both hold exactly, so that every weight width computes the same result.
    /// </summary>
    public static float[] Weights(int count, float scale, ulong seed)
    {
        float[] values = Uniform(count, scale, seed);
        for (int i = 0; i < values.Length; i++)
        {
            float truncated = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(values[i]) & 0xFFFF0000);
            values[i] = (float)(Half)truncated;
        }
        return values;
    }

    /// <summary>The values in a type, as a checkpoint holds them; bfloat16 by cutting off.</summary>
    public static byte[] Narrow(ReadOnlySpan<float> values, DType type)
    {
        byte[] bytes = new byte[values.Length * type.Size()];
        switch (type)
        {
            case DType.F16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()));
                break;
            case DType.BF16:
                Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
                for (int i = 0; i < values.Length; i++) words[i] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
                break;
            default:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
        }
        return bytes;
    }
}
