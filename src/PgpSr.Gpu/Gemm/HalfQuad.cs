namespace PgpSr.Gpu.Gemm;

/// <summary>Four binary16 weights, widened with integers: <c>ILGPU.Half</c> does not compile for a device without fp16.</summary>
struct HalfQuad : IWeightQuad<HalfQuad>
{
    public uint Low;
    public uint High;

    public static Float4 Widen(HalfQuad quad) => new()
    {
        X = default(StoredHalfBits).Widen((ushort)quad.Low),
        Y = default(StoredHalfBits).Widen((ushort)(quad.Low >> 16)),
        Z = default(StoredHalfBits).Widen((ushort)quad.High),
        W = default(StoredHalfBits).Widen((ushort)(quad.High >> 16)),
    };
}
