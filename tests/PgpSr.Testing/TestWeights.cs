using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>Generated weights in any element type, packed for a backend.</summary>
public static class TestWeights
{
    /// <summary>Float32 values rounded to nearest in another element type, as stored bytes.</summary>
    public static byte[] Encode(ReadOnlySpan<float> values, DType type)
    {
        switch (type)
        {
            case DType.F32:
                return MemoryMarshal.AsBytes(values).ToArray();
            case DType.F16:
                var halves = new Half[values.Length];
                for (int i = 0; i < values.Length; i++) halves[i] = (Half)values[i];
                return MemoryMarshal.AsBytes<Half>(halves).ToArray();
            case DType.BF16:
                var upper = new ushort[values.Length];
                for (int i = 0; i < values.Length; i++)
                {
                    uint bits = BitConverter.SingleToUInt32Bits(values[i]);
                    upper[i] = (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
                }
                return MemoryMarshal.AsBytes<ushort>(upper).ToArray();
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type");
        }
    }

    /// <summary>A convolution weight [outputs, inputs, kernel height, kernel width] called <c>name.weight</c> and, if wanted, its bias.</summary>
    public static PackedConv2d PackConv2d(
        Backend backend, long seed, string name, int inputs, int outputs, Conv2dGeometry geometry, DType type = DType.F32, bool bias = true)
    {
        ArgumentNullException.ThrowIfNull(backend);
        var shape = new Shape(outputs, inputs, geometry.KernelHeight, geometry.KernelWidth);
        byte[] weight = Encode(GeneratedWeights.Create(seed, $"{name}.weight", outputs, inputs, geometry.KernelHeight, geometry.KernelWidth), type);
        byte[] shift = bias ? Encode(GeneratedWeights.Create(seed, $"{name}.bias", outputs), type) : [];
        return backend.PackConv2d(
            new HostTensor($"{name}.weight", type, shape, weight), bias ? new HostTensor($"{name}.bias", type, new Shape(outputs), shift) : default,
                geometry);
    }

    /// <summary>A matrix [rows, inputs] called <c>name.weight</c> and, if wanted, its bias.</summary>
    public static PackedLinear PackLinear(
        Backend backend, long seed, string name, int inputs, int rows, DType type = DType.F32, bool bias = true, LinearForm form = LinearForm.Plain)
    {
        ArgumentNullException.ThrowIfNull(backend);
        byte[] weight = Encode(GeneratedWeights.Create(seed, $"{name}.weight", rows, inputs), type);
        byte[] shift = bias ? Encode(GeneratedWeights.Create(seed, $"{name}.bias", rows), type) : [];
        return backend.PackLinear(
            new HostTensor($"{name}.weight", type, new Shape(rows, inputs), weight),
                bias ? new HostTensor($"{name}.bias", type, new Shape(rows), shift) : default, form);
    }
}
