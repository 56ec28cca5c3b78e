using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>Something that is generic over how a product's weight, left operand and result are stored.</summary>
interface IProductWork
{
    void Do<TWeight, TX, TY>()
        where TWeight : unmanaged, IStored<TWeight>
        where TX : unmanaged, IElement<TX>
        where TY : unmanaged, IElement<TY>;
}

/// <summary>From types of tensors to types of elements: the one place where a product's kernels are chosen by them.</summary>
static class ProductTypes
{
    /// <summary>Does <paramref name="work"/> for these types.</summary>
    public static void Do<TWork>(DType weight, DType x, DType y, TWork work)
        where TWork : struct, IProductWork
    {
        switch (weight)
        {
            case DType.F32: Do<TWork, SingleElement>(x, y, work); break;
            case DType.F16: Do<TWork, HalfBits>(x, y, work); break;
            default: Do<TWork, BrainBits>(x, y, work); break;
        }
    }

    static void Do<TWork, TWeight>(DType x, DType y, TWork work)
        where TWork : struct, IProductWork
        where TWeight : unmanaged, IStored<TWeight>
    {
        switch (x, y)
        {
            case (DType.F16, DType.F16): work.Do<TWeight, HalfBits, HalfBits>(); break;
            case (DType.F16, _): work.Do<TWeight, HalfBits, SingleElement>(); break;
            case (_, DType.F16): work.Do<TWeight, SingleElement, HalfBits>(); break;
            default: work.Do<TWeight, SingleElement, SingleElement>(); break;
        }
    }
}
