using ILGPU;
using PgpSr.Gpu.Gemm;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>One thread for each result. The yardstick for faster kernels, and what serves where they cannot.</summary>
sealed class NaiveProducts(GpuQueue queue) : GpuProducts(queue)
{
    public override string Name => "naive";

    protected override void Multiply(Tensor x, GpuWeight weight, in ProductShape shape, in Epilogue epilogue, Tensor y) =>
        ProductTypes.Do(weight.Type, x.Type, y.Type, new Launch(Queue, x, weight, shape, epilogue, y));

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        if (y.Type == DType.F16) Attend<HalfBits>(q, k, v, heads, scale, causal, Queue.Scratch(y.Shape.Count), y);
        else Attend<SingleElement>(q, k, v, heads, scale, causal, GpuBuffer.Floats(y), y);
    }

    void Attend<T>(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, ArrayView<float> sums, Tensor y)
        where T : unmanaged, IElement<T>
    {
        int channels = q.Shape[2];
        Queue.Run(
            new NaiveAttentionKernel<T>(
                GpuBuffer.Elements<T>(q), GpuBuffer.Elements<T>(k), GpuBuffer.Elements<T>(v), k.Shape[1], channels, channels / heads, scale,
                causal ? 1 : 0, sums, GpuBuffer.Elements<T>(y)),
            new KernelConfig(new Index3D(q.Shape[1], heads, q.Shape[0]), new Index3D(Math.Min(64, Queue.Device.GroupSize), 1, 1)));
    }

    readonly struct Launch(GpuQueue queue, Tensor x, GpuWeight weight, ProductShape shape, Epilogue epilogue, Tensor y) : IProductWork
    {
        public void Do<TWeight, TX, TY>()
            where TWeight : unmanaged, IStored<TWeight>
            where TX : unmanaged, IElement<TX>
            where TY : unmanaged, IElement<TY> =>
            queue.ForEach(
                new NaiveProductKernel<TWeight, TX, TY>(
                    GpuBuffer.Elements<TX>(x), weight.Elements<TWeight>(), shape, new ProductEpilogue<TY>(epilogue, shape, weight, y)),
                y.Shape.Count);
    }
}
