using ILGPU;

namespace PgpSr.Gpu.Gemm;

/// <summary>Four bfloat16 weights: the upper halves of four floats.</summary>
struct BrainQuad : IWeightQuad<BrainQuad>
{
    public uint Low;
    public uint High;

    public static Float4 Widen(BrainQuad quad) => new()
    {
        X = Interop.IntAsFloat(quad.Low << 16),
        Y = Interop.IntAsFloat(quad.Low & 0xFFFF0000u),
        Z = Interop.IntAsFloat(quad.High << 16),
        W = Interop.IntAsFloat(quad.High & 0xFFFF0000u),
    };
}
