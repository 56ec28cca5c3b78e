using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Cpu.Tests;

/// <summary>A weight in the bytes of a checkpoint.</summary>
sealed record StoredWeights(DType Type, Shape Shape, byte[] Bytes)
{
    public HostTensor Tensor => new("weight", Type, Shape, Bytes);

    /// <summary>Rounds values to an element type.</summary>
    public static StoredWeights From(DType type, Shape shape, ReadOnlySpan<float> values)
    {
        var bytes = new byte[shape.Count * type.Size()];
        var words = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        switch (type)
        {
            case DType.F32: MemoryMarshal.AsBytes(values).CopyTo(bytes); break;
            case DType.F16: for (int i = 0; i < values.Length; i++) words[i] = BitConverter.HalfToUInt16Bits((Half)values[i]); break;
            default: for (int i = 0; i < values.Length; i++) words[i] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16); break;
        }
        return new StoredWeights(type, shape, bytes);
    }
}
