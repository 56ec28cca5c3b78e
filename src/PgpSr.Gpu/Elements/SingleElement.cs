using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu;

/// <summary>float32.</summary>
struct SingleElement : IElement<SingleElement>
{
    public float Value;

    public static float Widen(SingleElement stored) => stored.Value;

    public static SingleElement Narrow(float value) => new() { Value = value };

    public static Float4 WidenQuad(ArrayView<SingleElement> view, long at) => view.Cast<Float4>()[at / 4];
}
