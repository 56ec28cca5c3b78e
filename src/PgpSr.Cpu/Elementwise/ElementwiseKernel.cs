using System.Runtime.CompilerServices;

namespace PgpSr.Cpu;

/// <summary>Element-wise loops that System.Numerics.Tensors does not have, or has only in several passes.</summary>
static unsafe class ElementwiseKernel<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>y = f(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TFunction>(float* x, long count, float* y)
        where TFunction : ILaneFunction
    {
        long i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count) TLanes.Store(TFunction.Apply(TLanes.Load(x + i)), y + i);
        if (i < count) TLanes.StorePartial(TFunction.Apply(TLanes.LoadPartial(x + i, (int)(count - i))), y + i, (int)(count - i));
    }

    /// <summary>One position: y = x where it is positive, slopes x elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PRelu(float* x, int channels, float* slopes, float* y)
    {
        int i = 0;
        for (; i <= channels - TLanes.Count; i += TLanes.Count)
        {
            var value = TLanes.Load(x + i);
            TLanes.Store(TLanes.SelectLess(value, TLanes.Zero, TLanes.Load(slopes + i) * value, value), y + i);
        }
        int rest = channels - i;
        if (rest == 0) return;
        var last = TLanes.LoadPartial(x + i, rest);
        TLanes.StorePartial(TLanes.SelectLess(last, TLanes.Zero, TLanes.LoadPartial(slopes + i, rest) * last, last), y + i, rest);
    }

    /// <summary>y = a x + b z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
