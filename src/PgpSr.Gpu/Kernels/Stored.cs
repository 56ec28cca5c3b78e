using ILGPU;
using Half = ILGPU.Half;

namespace PgpSr.Gpu;

/// <summary>How a weight lies in memory, as a type: kernels are compiled for each.</summary>
interface IStored<T>
    where T : unmanaged
{
    float Widen(T stored);
}

/// <summary>float32.</summary>
readonly struct StoredF32 : IStored<float>
{
    public float Widen(float stored) => stored;
}

/// <summary>binary16 where the device converts it.</summary>
readonly struct StoredHalf : IStored<Half>
{
    public float Widen(Half stored) => stored;
}

/// <summary>
/// binary16 where kernels cannot hold it: widened with integers. The exponent and mantissa move into place, and a multiplication by 2^112
/// rebuilds the bias, subnormal numbers included; infinity and NaN have their exponent filled.
/// </summary>
readonly struct StoredHalfBits : IStored<ushort>
{
    public float Widen(ushort stored)
    {
        uint bits = stored;
        uint magnitude = (bits & 0x7fffu) << 13;
        float value = Interop.IntAsFloat(magnitude) * 5.192296858534828e33f; // 2^112
        uint result = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : Interop.FloatAsInt(value);
        return Interop.IntAsFloat(result | ((bits & 0x8000u) << 16));
    }
}

/// <summary>The upper half of a float32.</summary>
readonly struct StoredBFloat16 : IStored<ushort>
{
    public float Widen(ushort stored) => Interop.IntAsFloat((uint)stored << 16);
}
