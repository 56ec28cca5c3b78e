namespace PgpSr.Gpu.Gemm;

/// <summary>Four neighboring weights as they lie in memory. Kernels are generic over it: one source for every stored width.</summary>
interface IWeightQuad<TSelf>
    where TSelf : unmanaged, IWeightQuad<TSelf>
{
    static abstract Float4 Widen(TSelf quad);
}
