using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu;

/// <summary>binary16 converted with integers, for every device: many OpenCL compilers have no type for it.</summary>
struct HalfBits : IElement<HalfBits>
{
    /// <summary>65504 in float32's bits.</summary>
    const uint LargestHalf = 0x477fe000;

    const uint Infinity = 0x7f800000;

    /// <summary>2^-14, below which halves are subnormal.</summary>
    const uint LeastNormal = 0x38800000;

    public ushort Bits;

    public static float Widen(HalfBits stored) => Widen(stored.Bits);

    public static HalfBits Narrow(float value)
    {
        uint bits = Interop.FloatAsInt(Saturate(value));
        uint magnitude = bits & 0x7fffffffu;
        // The exponent's bias goes from 127 to 15; then 13 bits are rounded away.
        uint normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
        // Beside 0.5 a float's last digit is 2^-24, a subnormal half's: the addition rounds.
        uint small = Interop.FloatAsInt(Interop.IntAsFloat(magnitude) + 0.5f) - 0x3f000000u;
        uint special = magnitude > Infinity ? 0x7e00u : 0x7c00u;
        uint rounded = magnitude < LeastNormal ? small : normal;
        rounded = magnitude >= Infinity ? special : rounded;
        return new HalfBits { Bits = (ushort)(rounded | ((bits >> 16) & 0x8000u)) };
    }

    public static Float4 WidenQuad(ArrayView<HalfBits> view, long at)
    {
        var quad = view.Cast<ShortQuad>()[at / 4];
        return new()
        {
            X = Widen((ushort)quad.Low),
            Y = Widen((ushort)(quad.Low >> 16)),
            Z = Widen((ushort)quad.High),
            W = Widen((ushort)(quad.High >> 16)),
        };
    }

    /// <summary>Finite values beyond a half's range become its largest: an infinity would turn whole pictures into NaN.</summary>
    public static float Saturate(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint magnitude = bits & 0x7fffffffu;
        uint limited = magnitude > LargestHalf ? LargestHalf : magnitude;
        return Interop.IntAsFloat((magnitude < Infinity ? limited : magnitude) | (bits & 0x80000000u));
    }

    // The exponent and mantissa move into place, and a multiplication by 2^112 rebuilds the bias, subnormal numbers included; infinity and NaN have
    // their exponent filled.
    static float Widen(ushort stored)
    {
        uint bits = stored;
        uint magnitude = (bits & 0x7fffu) << 13;
        float value = Interop.IntAsFloat(magnitude) * 5.192296858534828e33f; // 2^112
        uint result = magnitude >= 0x0f800000u ? magnitude | Infinity : Interop.FloatAsInt(value);
        return Interop.IntAsFloat(result | ((bits & 0x8000u) << 16));
    }
}
