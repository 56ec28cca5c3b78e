using ILGPU;
using PgpSr.Gpu.Attention;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Gemm;

/// <summary>Products by tiles in shared memory and registers, float32 throughout: for every device whose groups hold 64 threads.</summary>
class TiledProducts(GpuQueue queue, DType activations) : GpuProducts(queue)
{
    public override string Name => "tiled float32";

    /// <summary>What networks keep between layers, for compiling ahead.</summary>
    DType Activations { get; } = activations;

    /// <summary>True if the device's groups are large enough, and not made of the operating system's threads: for those a barrier is dearer than a tile.</summary>
    public static bool Serves(GpuDevice device) =>
        device.Report.Api != GpuApi.Simulated
        && device.Driver.MaxGroupSize >= TiledProduct<SingleElement, SingleElement, SingleElement>.Threads;

    public override void Prepare(DType file)
    {
        var stored = Stored(file);
        Queue.Device.Prepare($"tiled {stored}, activations {Activations}", device =>
        {
            // A network's first and last product have float32 at one side; what is kept as halves is kept so by most.
            DType[] types = Activations == DType.F16 ? [DType.F16, DType.F32] : [DType.F32];
            foreach (var y in types)
                foreach (var x in types) ProductTypes.Do(stored, x, y, new Compilation(device));
        });
    }

    public override void PrepareTransformers() => Queue.Device.Prepare($"tiled attention, activations {Activations}", device =>
    {
        if (Activations == DType.F16) device.Driver.Compile<TiledAttention<HalfBits>>();
        else device.Driver.Compile<TiledAttention<SingleElement>>();
    });

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        var shape = ShapeOf(q, k, heads, scale, causal);
        if (y.Type == DType.F16) Attend<HalfBits>(q, k, v, shape, Queue.Scratch(shape.Depth > TiledAttention<HalfBits>.Slice ? y.Shape.Count : 1), y);
        else Attend<SingleElement>(q, k, v, shape, GpuBuffer.Floats(y), y);
    }

    void Attend<T>(Tensor q, Tensor k, Tensor v, in AttentionShape shape, ArrayView<float> sums, Tensor y)
        where T : unmanaged, IElement<T> =>
        Queue.Run(
            new TiledAttention<T>
            {
                Q = GpuBuffer.Elements<T>(q),
                K = GpuBuffer.Elements<T>(k),
                V = GpuBuffer.Elements<T>(v),
                Shape = shape,
                Sums = sums.Cast<SingleElement>(),
                Y = GpuBuffer.Elements<T>(y),
            },
            TiledAttention<T>.Configuration(shape));

    protected static AttentionShape ShapeOf(Tensor q, Tensor k, int heads, float scale, bool causal) =>
        new(q.Shape[0], q.Shape[1], k.Shape[1], heads, q.Shape[2] / heads, scale, causal ? 1 : 0);

    protected override void Multiply(Tensor x, GpuWeight weight, in ProductShape shape, in Epilogue epilogue, Tensor y) =>
        ProductTypes.Do(weight.Type, x.Type, y.Type, new Launch(Queue, x, weight, shape, epilogue, y));

    readonly struct Launch(GpuQueue queue, Tensor x, GpuWeight weight, ProductShape shape, Epilogue epilogue, Tensor y) : IProductWork
    {
        public void Do<TWeight, TX, TY>()
            where TWeight : unmanaged, IStored<TWeight>
            where TX : unmanaged, IElement<TX>
            where TY : unmanaged, IElement<TY> =>
            queue.Run(
                new TiledProduct<TWeight, TX, TY>
                {
                    X = GpuBuffer.Elements<TX>(x),
                    Weight = weight.Elements<TWeight>(),
                    Epilogue = new(epilogue, shape, weight, y),
                    Shape = shape,
                },
                TiledProduct<TWeight, TX, TY>.Configuration(shape));
    }

    readonly struct Compilation(GpuDevice device) : IProductWork
    {
        public void Do<TWeight, TX, TY>()
            where TWeight : unmanaged, IStored<TWeight>
            where TX : unmanaged, IElement<TX>
            where TY : unmanaged, IElement<TY> => device.Driver.Compile<TiledProduct<TWeight, TX, TY>>();
    }
}
