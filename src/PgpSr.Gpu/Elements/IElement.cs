using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu;

/// <summary>
/// An element of an activation tensor as it lies in memory. Kernels are generic over it and compute in float32: one source for every storage, and a
/// storage as float32 has the instructions of a kernel that knows no other.
/// </summary>
interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    static abstract float Widen(TSelf stored);

    /// <summary>To the nearest, ties to even; a finite value out of range becomes the largest, infinities and NaN stay.</summary>
    static abstract TSelf Narrow(float value);

    /// <summary>Four neighbors, the first at a multiple of four.</summary>
    static abstract Float4 WidenQuad(ArrayView<TSelf> view, long at);
}
