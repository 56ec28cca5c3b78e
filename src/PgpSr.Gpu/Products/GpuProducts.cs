using PgpSr.Gpu.Gemm;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// Linear layers, convolutions and attention: the operations whose kernels depend on what a device can do. All read weights in one layout.
/// Arguments are checked by their caller, <see cref="GpuBackend"/>.
/// </summary>
abstract class GpuProducts(GpuQueue queue) : IDisposable
{
    /// <summary>For reports.</summary>
    public abstract string Name { get; }

    protected GpuQueue Queue { get; } = queue;

    public PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry) =>
        new GpuPackedConv2d(weight.Name!, new GpuWeight(Queue, weight, bias, gated: false, Stored(weight.Type)), geometry);

    public PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form) =>
        new GpuPackedLinear(weight.Name!, new GpuWeight(Queue, weight, bias, form == LinearForm.Geglu, Stored(weight.Type)), form);

    public void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as GpuPackedConv2d)?.Weight ?? Throw.OtherBackend<GpuWeight>(weight?.Name, nameof(weight));
        Multiply(x, packed, new ProductShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], packed.Rows, weight.Geometry), epilogue, y);
    }

    public void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y)
    {
        var packed = (weight as GpuPackedLinear)?.Weight ?? Throw.OtherBackend<GpuWeight>(weight?.Name, nameof(weight));
        int rows = checked((int)x.Shape.Rows);
        Multiply(x, packed, ProductShape.Linear(rows, Math.Max(1, rows / Math.Max(1, x.Shape[0])), packed.Inputs, packed.Rows), epilogue, y);
    }

    /// <summary>There is at least one query and one key.</summary>
    public abstract void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y);

    /// <summary>Any product.</summary>
    protected abstract void Multiply(Tensor x, GpuWeight weight, in ProductShape shape, in Epilogue epilogue, Tensor y);

    /// <summary>The type in which a weight of a file lies on the device.</summary>
    protected virtual DType Stored(DType file) => file;

    /// <summary>Compiles the kernels for weights that a file holds as <paramref name="file"/>, while they are loaded.</summary>
    public virtual void Prepare(DType file) { }

    /// <summary>Compiles the kernels of attention, while weights are loaded.</summary>
    public virtual void PrepareTransformers() { }

    /// <summary>Tables of its own, if any.</summary>
    public virtual void Dispose() { }

    /// <summary>The fastest that the device can run and the options allow, or the one that is forced.</summary>
    /// <exception cref="GpuException">Tensor cores are forced on a device without.</exception>
    public static GpuProducts Create(GpuQueue queue, GpuBackendOptions options)
    {
        var kind = options.Products ?? Choose(queue.Device, options);
        if (kind == GpuProductsKind.TensorCores && !TensorCoreProducts.Serves(queue.Device)) Throw.NoTensorCores(queue.Name);
        return kind switch
        {
            GpuProductsKind.TensorCores => new TensorCoreProducts(queue, options.ActivationType),
            GpuProductsKind.Tiled => new TiledProducts(queue, options.ActivationType),
            _ => new NaiveProducts(queue),
        };
    }

    /// <summary>Columns from one sample's per-channel term to the next; 0 if all share one.</summary>
    public static int PerChannelStride(in Epilogue epilogue, Tensor y) => epilogue.PerChannel is { } p && p.Shape.Rows > 1 ? y.Shape[-1] : 0;

    static GpuProductsKind Choose(GpuDevice device, GpuBackendOptions options)
    {
        bool wanted = options.TensorCores == TensorCoreUse.Force
            || (options.TensorCores == TensorCoreUse.Auto && options.Precision == GpuPrecision.F16);
        if (wanted && TensorCoreProducts.Serves(device)) return GpuProductsKind.TensorCores;
        return TiledProducts.Serves(device) ? GpuProductsKind.Tiled : GpuProductsKind.Naive;
    }
}
