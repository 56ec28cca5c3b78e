using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace PgpSr.Tensors;

/// <summary>Exact widening of stored elements to float32.</summary>
public static class Widen
{
    /// <summary>Widens <paramref name="source"/> (little endian elements of <paramref name="type"/>) to <paramref name="destination"/>; same element
    /// count.</summary>
    public static void ToSingle(DType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case DType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case DType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case DType.BF16:
                // The upper half of a float32: widening is a shift. This runs while loading only.
                var bits = MemoryMarshal.Cast<byte, ushort>(source);
                for (int i = 0; i < bits.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type");
        }
    }
}
