using System.Runtime.InteropServices;
using PgpSr.Safetensors;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace PgpSr.Pruning;

/// <summary>Singles to the widths that weights are stored in, rounded to nearest, ties to even.</summary>
static class Narrowing
{
    /// <summary>True for the types that can be asked for.</summary>
    public static bool IsTarget(SafetensorsDType type) => type is SafetensorsDType.Float32 or SafetensorsDType.Float16 or SafetensorsDType.BFloat16;

    public static void FromSingle(ReadOnlySpan<float> values, SafetensorsDType type, Span<byte> bytes)
    {
        switch (type)
        {
            case SafetensorsDType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case SafetensorsDType.Float16:
                Primitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case SafetensorsDType.BFloat16:
                var words = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < values.Length; i++) words[i] = BFloat16(values[i]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "weights are stored as F32, F16 or BF16");
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
