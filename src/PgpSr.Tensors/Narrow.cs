using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace PgpSr.Tensors;

/// <summary>float32 to the widths that elements are stored in, rounded to nearest, ties to even.</summary>
public static class Narrow
{
    /// <summary>Rounds <paramref name="source"/> to <paramref name="destination"/> (little endian elements of <paramref name="type"/>); same element
    /// count.</summary>
    public static void FromSingle(DType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case DType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case DType.F16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case DType.BF16:
                var words = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int i = 0; i < source.Length; i++) words[i] = BFloat16(source[i]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type");
        }
    }

    // Adding half of the dropped part, and one more if the kept part is odd, rounds ties to even. A NaN stays one: its payload might otherwise carry
    // over.
    static ushort BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)(bits >> 16 | 0x40);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
