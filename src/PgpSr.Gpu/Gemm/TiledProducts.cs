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
        && device.Driver.MaxGroupSize >= TiledProduct<SingleQuad, SingleElement, SingleElement>.Threads;

    /// <summary>The type in which a weight of a file lies on the device.</summary>
    protected virtual DType Stored(DType file) => file;

    public override void Prepare(DType file)
    {
        var stored = Stored(file);
        Queue.Device.Prepare($"tiled {stored}, activations {Activations}", device =>
        {
            switch (stored)
            {
                case DType.F32: Compile<SingleQuad>(device); break;
                case DType.F16: Compile<HalfQuad>(device); break;
                default: Compile<BrainQuad>(device); break;
            }
        });
    }

    public override void PrepareTransformers() => Queue.Device.Prepare($"tiled attention, activations {Activations}", device =>
    {
        if (Activations == DType.F16) device.Driver.Compile<TiledAttention<HalfBits>>();
        else device.Driver.Compile<TiledAttention<SingleElement>>();
    });

    void Compile<TQuad>(GpuDevice device)
        where TQuad : unmanaged, IWeightQuad<TQuad>
    {
        if (Activations == DType.F16)
        {
            device.Driver.Compile<TiledProduct<TQuad, HalfBits, HalfBits>>();
            device.Driver.Compile<TiledProduct<TQuad, SingleElement, HalfBits>>();
            device.Driver.Compile<TiledProduct<TQuad, HalfBits, SingleElement>>();
        }
        device.Driver.Compile<TiledProduct<TQuad, SingleElement, SingleElement>>();
    }

    public override PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new TiledPackedConv2d(weight.Name!, new TiledWeight(Queue, weight, bias, geglu: false, Stored(weight.Type)), geometry);

    public override PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form) =>
        new TiledPackedLinear(weight.Name!, new TiledWeight(Queue, weight, bias, form == LinearForm.Geglu, Stored(weight.Type)), form);

    public override void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as TiledPackedConv2d)?.Weight ?? Throw.OtherBackend<TiledWeight>(weight?.Name, nameof(weight));
        Multiply(x, packed, new ProductShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], packed.Rows, weight.Geometry), weight.Geometry, epilogue, geglu: false, y);
    }

    public override void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as TiledPackedLinear)?.Weight ?? Throw.OtherBackend<TiledWeight>(weight?.Name, nameof(weight));
        int rows = checked((int)x.Shape.Rows);
        int rowsPerSample = Math.Max(1, rows / Math.Max(1, x.Shape[0]));
        var shape = ProductShape.Linear(rows, rowsPerSample, packed.Inputs, packed.Rows);
        Multiply(x, packed, shape, Conv2dGeometry.Square(1), epilogue, weight.Form == LinearForm.Geglu, y);
    }

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

    /// <summary>Any product; <paramref name="geometry"/> tells those without neighbors.</summary>
    protected virtual void Multiply(
        Tensor x, TiledWeight weight, in ProductShape shape, in Conv2dGeometry geometry, in Epilogue epilogue, bool geglu, Tensor y)
    {
        switch (weight.Type)
        {
            case DType.F32: Multiply<SingleQuad>(x, weight, shape, epilogue, geglu, y); break;
            case DType.F16: Multiply<HalfQuad>(x, weight, shape, epilogue, geglu, y); break;
            default: Multiply<BrainQuad>(x, weight, shape, epilogue, geglu, y); break;
        }
    }

    void Multiply<TQuad>(Tensor x, TiledWeight weight, in ProductShape shape, in Epilogue epilogue, bool geglu, Tensor y)
        where TQuad : unmanaged, IWeightQuad<TQuad>
    {
        switch (x.Type, y.Type)
        {
            case (DType.F16, DType.F16): Multiply<TQuad, HalfBits, HalfBits>(x, weight, shape, epilogue, geglu, y); break;
            case (DType.F16, _): Multiply<TQuad, HalfBits, SingleElement>(x, weight, shape, epilogue, geglu, y); break;
            case (_, DType.F16): Multiply<TQuad, SingleElement, HalfBits>(x, weight, shape, epilogue, geglu, y); break;
            default: Multiply<TQuad, SingleElement, SingleElement>(x, weight, shape, epilogue, geglu, y); break;
        }
    }

    void Multiply<TQuad, TX, TY>(Tensor x, TiledWeight weight, in ProductShape shape, in Epilogue epilogue, bool geglu, Tensor y)
        where TQuad : unmanaged, IWeightQuad<TQuad>
        where TX : unmanaged, IElement<TX>
        where TY : unmanaged, IElement<TY>
    {
        var result = GpuBuffer.Elements<TY>(y);
        Queue.Run(
            new TiledProduct<TQuad, TX, TY>
            {
                X = GpuBuffer.Elements<TX>(x),
                Weight = weight.Elements<TQuad>(),
                Shape = shape,
                Y = result,
                Epilogue = new ProductEpilogue<TY>
                {
                    Bias = weight.Bias,
                    HasBias = 1,
                    PerChannel = epilogue.PerChannel is { } p ? GpuBuffer.Floats(p) : weight.Bias,
                    HasPerChannel = epilogue.PerChannel is null ? 0 : 1,
                    PerChannelStride = PerChannelStride(epilogue, y),
                    Residual = epilogue.Residual is { } r ? GpuBuffer.Elements<TY>(r) : result,
                    HasResidual = epilogue.Residual is null ? 0 : 1,
                    Activation = (int)epilogue.Activation,
                    Geglu = geglu ? 1 : 0,
                },
            },
            TiledProduct<TQuad, TX, TY>.Configuration(shape));
    }
}
