using ILGPU;
using PgpSr.Gpu.Gemm;

namespace PgpSr.Gpu;

/// <summary>
/// An element as it lies in memory, of a weight or of an activation. Kernels are generic over it and compute in float32: one source for every storage,
/// and a storage as float32 has the instructions of a kernel that knows no other.
/// </summary>
interface IStored<TSelf>
    where TSelf : unmanaged, IStored<TSelf>
{
    static abstract float Widen(TSelf stored);

    /// <summary>Four neighbors, the first at a multiple of four.</summary>
    static abstract Float4 WidenQuad(ArrayView<TSelf> view, long at);
}

/// <summary>An element that is written too: of an activation.</summary>
interface IElement<TSelf> : IStored<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>To the nearest, ties to even; a finite value out of range becomes the largest, infinities and NaN stay.</summary>
    static abstract TSelf Narrow(float value);
}

/// <summary>Elements between memory and registers.</summary>
static class ElementViews
{
    public static float Load<T>(this ArrayView<T> view, int index)
        where T : unmanaged, IStored<T> => T.Widen(view[index]);

    public static float Load<T>(this ArrayView<T> view, long index)
        where T : unmanaged, IStored<T> => T.Widen(view[index]);

    public static void Store<T>(this ArrayView<T> view, int index, float value)
        where T : unmanaged, IElement<T> => view[index] = T.Narrow(value);

    public static void Store<T>(this ArrayView<T> view, long index, float value)
        where T : unmanaged, IElement<T> => view[index] = T.Narrow(value);
}
