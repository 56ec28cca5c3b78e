namespace PgpSr.Gpu.Gemm;

/// <summary>Four float32 weights.</summary>
struct SingleQuad : IWeightQuad<SingleQuad>
{
    public Float4 Value;

    public static Float4 Widen(SingleQuad quad) => quad.Value;
}
