using ILGPU;
using PgpSr.Gpu.Gemm;
using Half = ILGPU.Half;

namespace PgpSr.Gpu;

/// <summary>binary16 where instructions convert it (CUDA): integers would cost kernels that only move memory more than the memory does.</summary>
struct HalfElement : IElement<HalfElement>
{
    public Half Value;

    public static float Widen(HalfElement stored) => stored.Value;

    public static HalfElement Narrow(float value) => new() { Value = (Half)HalfBits.Saturate(value) };

    public static Float4 WidenQuad(ArrayView<HalfElement> view, long at) => HalfQuad.Widen(view.Cast<HalfQuad>()[at / 4]);
}
