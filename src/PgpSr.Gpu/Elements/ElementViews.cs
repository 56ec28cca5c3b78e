using ILGPU;

namespace PgpSr.Gpu;

/// <summary>Elements between memory and registers.</summary>
static class ElementViews
{
    public static float Load<T>(this ArrayView<T> view, int index)
        where T : unmanaged, IElement<T> => T.Widen(view[index]);

    public static float Load<T>(this ArrayView<T> view, long index)
        where T : unmanaged, IElement<T> => T.Widen(view[index]);

    public static void Store<T>(this ArrayView<T> view, int index, float value)
        where T : unmanaged, IElement<T> => view[index] = T.Narrow(value);

    public static void Store<T>(this ArrayView<T> view, long index, float value)
        where T : unmanaged, IElement<T> => view[index] = T.Narrow(value);
}
