using ILGPU;
using PgpSr.Gpu.Gemm;
using Half = ILGPU.Half;

namespace PgpSr.Gpu;

/// <summary>float32.</summary>
struct SingleElement : IElement<SingleElement>
{
    public float Value;

    public static float Widen(SingleElement stored) => stored.Value;

    public static SingleElement Narrow(float value) => new() { Value = value };

    public static Float4 WidenQuad(ArrayView<SingleElement> view, long at) => view.Cast<Float4>()[at / 4];
}

/// <summary>binary16 where instructions convert it (CUDA): integers would cost kernels that only move memory more than the memory does.</summary>
struct HalfElement : IElement<HalfElement>
{
    public Half Value;

    public static float Widen(HalfElement stored) => stored.Value;

    public static HalfElement Narrow(float value) => new() { Value = (Half)HalfBits.Saturate(value) };

    public static Float4 WidenQuad(ArrayView<HalfElement> view, long at) => HalfBits.WidenQuad(view.Cast<HalfBits>(), at);
}

/// <summary>bfloat16, the upper half of a float32. Weights alone are stored so.</summary>
struct BrainBits : IStored<BrainBits>
{
    public ushort Bits;

    public static float Widen(BrainBits stored) => Interop.IntAsFloat((uint)stored.Bits << 16);

    public static Float4 WidenQuad(ArrayView<BrainBits> view, long at)
    {
        var quad = view.Cast<ShortQuad>()[at / 4];
        return new()
        {
            X = Interop.IntAsFloat(quad.Low << 16),
            Y = Interop.IntAsFloat(quad.Low & 0xFFFF0000u),
            Z = Interop.IntAsFloat(quad.High << 16),
            W = Interop.IntAsFloat(quad.High & 0xFFFF0000u),
        };
    }
}

/// <summary>Four neighbors of two bytes: one load of eight.</summary>
struct ShortQuad
{
    public uint Low;
    public uint High;
}
