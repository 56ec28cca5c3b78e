using PgpSr.Gpu.Gemm;
using PgpSr.Gpu.Ptx;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// Linear layers, convolutions and attention: the operations whose kernels depend on what a device can do. Packing belongs to them because
/// each likes its own layout. Arguments are checked by their caller, <see cref="GpuBackend"/>.
/// </summary>
abstract class GpuProducts(GpuQueue queue) : IDisposable
{
    /// <summary>For reports.</summary>
    public abstract string Name { get; }

    protected GpuQueue Queue { get; } = queue;

    public abstract PackedConv2d PackConv2d(HostTensor weight, HostTensor bias, Conv2dGeometry geometry);

    public abstract PackedLinear PackLinear(HostTensor weight, HostTensor bias, LinearForm form);

    public abstract void Conv2d(Tensor x, PackedConv2d weight, in Epilogue epilogue, Tensor y);

    public abstract void Linear(Tensor x, PackedLinear weight, in Epilogue epilogue, Tensor y);

    /// <summary>There is at least one query and one key.</summary>
    public abstract void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y);

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
