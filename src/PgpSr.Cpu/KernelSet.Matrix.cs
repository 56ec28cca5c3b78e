using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract partial class KernelSet
{
    /// <summary>Lays out a weight [rows, inputs, taps...] and its bias; for <paramref name="padding"/> see <see cref="GemmWeight"/>.</summary>
    public abstract GemmWeight Pack(
        HostTensor weight, HostTensor bias, int taps, LinearForm form, WorkerPool pool, CancellationToken cancellation, int padding = 2);

    /// <summary>A matrix times a packed weight, by the bfloat16 kernels if there are any and the weight is packed for them.</summary>
    public abstract void Multiply(
        Bfloat16Kernels? bfloat16, MatrixRows source, long rows, string name, GemmWeight weight, Activation activation,
        in GemmDestination destination, WorkerPool pool, Scratch scratch, CancellationToken cancellation);

    /// <summary>Pixels under a kernel times a packed weight, by the bfloat16 kernels as before.</summary>
    public abstract void Multiply(
        Bfloat16Kernels? bfloat16, ConvRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);
}

sealed partial class KernelSet<TLanes>
{
    public override unsafe GemmWeight Pack(
        HostTensor weight, HostTensor bias, int taps, LinearForm form, WorkerPool pool, CancellationToken cancellation, int padding)
    {
        var packed = new GemmWeight(
            weight.Type, weight.Shape[1], taps, weight.Shape[0], form, TLanes.Count, GemmMicrokernel<TLanes>.Vectors, padding);
        float[]? biasValues = bias.IsAbsent ? null : bias.ToArray();
        fixed (byte* source = weight.Bytes)
        fixed (float* biasSource = biasValues)
        {
            var packing = new GemmPacking(packed, source, biasSource);
            pool.Run(ref packing, packed.Panels, cancellation);
            packed.IsFinite = packing.IsFinite;
        }
        return packed;
    }

    public override void Multiply(
        Bfloat16Kernels? bfloat16, MatrixRows source, long rows, string name, GemmWeight weight, Activation activation,
        in GemmDestination destination, WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        Activated(bfloat16, source, rows, name, weight, activation, destination, pool, scratch, cancellation);

    public override void Multiply(
        Bfloat16Kernels? bfloat16, ConvRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        Activated(bfloat16, source, rows, name, weight, activation, destination, pool, scratch, cancellation);

    void Activated<TSource>(
        Bfloat16Kernels? bfloat16, TSource source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation)
        where TSource : struct, IGemmRows
    {
        if (weight.Lanes != TLanes.Count || weight.PanelVectors != GemmMicrokernel<TLanes>.Vectors) Throw.OtherKernelSet(name, Name, nameof(weight));
        ActivationChoice.Run(activation, new ProductWork<TSource>(bfloat16, source, rows, weight, destination, pool, scratch, cancellation));
    }

    readonly struct ProductWork<TSource>(
        Bfloat16Kernels? bfloat16, TSource source, long rows, GemmWeight weight, GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation) : IActivated
        where TSource : struct, IGemmRows
    {
        public void Run<TActivation>()
            where TActivation : struct, ILaneFunction =>
            Multiply<TSource, TActivation>(bfloat16, source, rows, weight, destination, pool, scratch, cancellation);
    }

    static void Multiply<TSource, TActivation>(
        Bfloat16Kernels? bfloat16, TSource source, long rows, GemmWeight weight, in GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation)
        where TSource : struct, IGemmRows
        where TActivation : struct, ILaneFunction
    {
        if (rows == 0) return;
        if (bfloat16 is not null && weight.HasWholeSteps)
        {
            Multiply<TSource, TActivation>(source, rows, bfloat16, weight, destination, pool, scratch, cancellation);
            return;
        }
        var blocking = GemmBlocking.For(rows, weight, source.TapsOfPointer, GemmMicrokernel<TLanes>.Rows, pool.Workers);
        var work = new GemmWork<TLanes, TSource, TActivation>(weight, source, rows, destination, blocking, scratch);
        pool.Run(ref work, checked(blocking.RowBlocks * blocking.PanelGroups), cancellation);
    }
}
