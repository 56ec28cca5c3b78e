namespace PgpSr.Cpu;

/// <summary>Element-wise loops that System.Numerics.Tensors does not have, or has only in several passes.</summary>
static unsafe class ElementwiseKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>y = f(x).</summary>
    public static void Map<TFunction>(float* x, long count, float* y)
        where TFunction : ILaneFunction
    {
        long i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count) TLanes.Store(TFunction.Apply(TLanes.Load(x + i)), y + i);
        if (i < count) TLanes.StorePartial(TFunction.Apply(TLanes.LoadPartial(x + i, (int)(count - i))), y + i, (int)(count - i));
    }

    /// <summary>y = a x + b z.</summary>
    public static void Combine(float a, float* x, float b, float* z, long count, float* y)
    {
        var first = TLanes.Broadcast(a);
        var second = TLanes.Broadcast(b);
        long i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(second, TLanes.Load(z + i), first * TLanes.Load(x + i)), y + i);
        int rest = (int)(count - i);
        if (rest > 0) TLanes.StorePartial(TLanes.MultiplyAdd(second, TLanes.LoadPartial(z + i, rest), first * TLanes.LoadPartial(x + i, rest)),
            y + i, rest);
    }
}
