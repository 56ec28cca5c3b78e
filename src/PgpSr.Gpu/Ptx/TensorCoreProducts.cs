using ILGPU;
using PgpSr.Gpu.Gemm;
using PgpSr.Tensors;

namespace PgpSr.Gpu.Ptx;

/// <summary>
/// Products on tensor cores: factors rounded to binary16, sums in float32. Activations that are stored so are taken as they are; float32 ones are
/// rounded once before a product, into scratch memory, rather than in every tile that reads them: a convolution reads each 9 times and more, and
/// asynchronous copies cannot convert.
/// </summary>
sealed class TensorCoreProducts : TiledProducts
{
    readonly PtxKernels _kernels;
    readonly int _multiprocessors;

    /// <summary>
    /// The tensor whose rounded values lie at the start of the scratch memory, and the queue's count of writes at that time. Queries, keys and values
    /// are three products of one tensor, and round it once.
    /// </summary>
    (DeviceBuffer Buffer, long Offset, long Bytes, int Channels, long Writes)? _rounded;

    public TensorCoreProducts(GpuQueue queue, DType activations)
        : base(queue, activations)
    {
        _kernels = queue.Device.Ptx;
        _multiprocessors = queue.Device.Driver.Multiprocessors;
    }

    public override string Name => "tensor cores, binary16 factors, float32 sums";

    /// <summary>True if the device has the instructions: mma.m16n8k16 and cp.async came with compute capability 8.0.</summary>
    public static new bool Serves(GpuDevice device) => device.Report.TensorCores;

    /// <summary>bfloat16 weights have fewer digits than binary16 ones, and trained weights never leave its range.</summary>
    protected override DType Stored(DType file) => DType.F16;

    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y)
    {
        var shape = ShapeOf(q, k, heads, scale, causal);
        if (!AttentionPtx.Serves(shape.Depth) || !(scale > 0f))
        {
            base.Attention(q, k, v, heads, scale, causal, y);
            return;
        }
        bool half = y.Type == DType.F16;
        var kernel = _kernels.Get(
            AttentionPtx.Name(shape.Depth, causal, half), AttentionPtx.Threads,
            () => AttentionPtx.Emit(shape.Depth, causal, half));
        if (IsFactor(q, shape.TokenStride) && IsFactor(k, shape.TokenStride) && IsFactor(v, shape.TokenStride))
        {
            ForgetIfOver(y);
            Launch(kernel, AttentionPtx.Grid(shape), AttentionPtx.Arguments(shape, Address(q), Address(k), Address(v), Address(y)));
            return;
        }
        _rounded = null;
        long queries = q.Shape.Count, keys = k.Shape.Count;
        var scratch = Halves(checked(queries + 2 * keys));
        var halfQ = scratch.SubView(0, queries);
        var halfK = scratch.SubView(queries, keys);
        var halfV = scratch.SubView(queries + keys, keys);
        Round(q, shape.TokenStride, halfQ);
        Round(k, shape.TokenStride, halfK);
        Round(v, shape.TokenStride, halfV);
        Launch(kernel, AttentionPtx.Grid(shape), AttentionPtx.Arguments(shape, Address(halfQ), Address(halfK), Address(halfV), Address(y)));
    }

    protected override void Multiply(Tensor x, GpuWeight weight, in ProductShape shape, in Epilogue epilogue, Tensor y)
    {
        // The second: a weight that a backend without tensor cores packed.
        if ((weight.Gated && (epilogue.PerChannel is not null || epilogue.Activation != Activation.None)) || weight.Type != DType.F16)
        {
            base.Multiply(x, weight, shape, epilogue, y);
            return;
        }
        ulong factors = Factors(x, shape, y);
        var variant = new ProductVariant(
            ProductTile.Choose(shape.Rows, shape.Columns, _multiprocessors), shape.IsPointwise, epilogue.Activation,
            weight.Gated, shape.Columns % 2 != 0, y.Type == DType.F16);
        var kernel = _kernels.Get(variant.Name, ProductTile.Threads, () => ProductPtx.Emit(variant));
        ulong? perChannel = epilogue.PerChannel is { } p ? Address(p) : null;
        ulong? residual = epilogue.Residual is { } r ? Address(r) : null;
        Launch(
            kernel, ProductPtx.Grid(variant.Tile, shape.Rows, shape.Columns),
            ProductPtx.Arguments(
                shape, factors, Address(weight.Elements<ushort>()), Address(weight.Bias), perChannel, PerChannelStride(epilogue, y), residual, Address(y)));
    }

    // Address of a product's left factors.
    ulong Factors(Tensor x, in ProductShape shape, Tensor y)
    {
        if (IsFactor(x, shape.Channels))
        {
            ForgetIfOver(y);
            return Address(x);
        }
        var key = (x.Buffer, x.Offset, x.ByteCount, shape.Channels, Queue.Writes);
        bool rounded = _rounded == key;
        _rounded = null; // until it is there: taking scratch or rounding may fail
        var halves = Halves(x.Shape.Count / Math.Max(1, shape.Channels) * shape.PaddedChannels);
        if (!rounded) Round(x, shape.Channels, halves);
        _rounded = Overlaps(x, y) ? null : key;
        return Address(halves);
    }

    // Binary16, in rows and at an address of whole 16-byte chunks: what asynchronous copies take.
    static bool IsFactor(Tensor x, int channels) => x.Type == DType.F16 && channels % ProductShape.ChannelGranule == 0 && Address(x) % 16 == 0;

    // A result that is written where the rounded tensor lay.
    void ForgetIfOver(Tensor y)
    {
        if (_rounded is { } r && r.Buffer == y.Buffer && r.Offset < y.Offset + y.ByteCount && y.Offset < r.Offset + r.Bytes) _rounded = null;
    }

    static bool Overlaps(Tensor a, Tensor b) => a.Buffer == b.Buffer && a.Offset < b.Offset + b.ByteCount && b.Offset < a.Offset + a.ByteCount;

    ArrayView<ushort> Halves(long count) => Queue.Scratch((count + 1) / 2).Cast<ushort>();

    void Round(Tensor x, int channels, ArrayView<ushort> destination)
    {
        bool halves = x.Type == DType.F16, aligned = !halves && channels % ProductShape.ChannelGranule == 0;
        int eights = ConversionPtx.Eights(x.Shape.Count, channels);
        var kernel = _kernels.Get(
            ConversionPtx.Name(aligned, halves), ConversionPtx.Threads, () => ConversionPtx.Emit(aligned, halves));
        Launch(kernel, ConversionPtx.Grid(eights), ConversionPtx.Arguments(Address(x), Address(destination), eights, channels));
    }

    static ulong Address(Tensor tensor) => PtxKernel.Address(GpuBuffer.Bytes(tensor));

    static ulong Address<T>(ArrayView<T> view)
        where T : unmanaged => PtxKernel.Address(view);

    void Launch(PtxKernel kernel, Index3D grid, params ReadOnlySpan<ulong> arguments)
    {
        try
        {
            kernel.Launch(Queue.Begin(), grid, arguments);
        }
        catch (Exception e) when (DriverErrors.IsDriverError(e))
        {
            throw DriverErrors.Translate(Queue.Name, kernel.Name, e);
        }
    }
}
