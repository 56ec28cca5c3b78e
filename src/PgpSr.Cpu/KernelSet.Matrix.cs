using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract partial class KernelSet
{
    /// <summary>Lays out a weight [rows, inputs, taps...] and its bias.</summary>
    public abstract GemmWeight Pack(HostTensor weight, HostTensor bias, int taps, LinearForm form, WorkerPool pool, CancellationToken cancellation);

    /// <summary>A matrix times a packed weight.</summary>
    public abstract void Multiply(
        MatrixRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);

    /// <summary>Pixels under a kernel times a packed weight.</summary>
    public abstract void Multiply(
        ConvRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);
}

sealed partial class KernelSet<TLanes>
{
    public override unsafe GemmWeight Pack(
        HostTensor weight, HostTensor bias, int taps, LinearForm form, WorkerPool pool, CancellationToken cancellation)
    {
        var packed = new GemmWeight(weight.Type, weight.Shape[1], taps, weight.Shape[0], form, TLanes.Count, GemmMicrokernel<TLanes>.Vectors);
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
        MatrixRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        Activated(source, rows, name, weight, activation, destination, pool, scratch, cancellation);

    public override void Multiply(
        ConvRows source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation) =>
        Activated(source, rows, name, weight, activation, destination, pool, scratch, cancellation);

    void Activated<TSource>(
        TSource source, long rows, string name, GemmWeight weight, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation)
        where TSource : struct, IGemmRows
    {
        if (weight.Lanes != TLanes.Count || weight.PanelVectors != GemmMicrokernel<TLanes>.Vectors)
            Throw.OtherKernelSet(name, Name, nameof(weight));
        switch (activation)
        {
            case Activation.Silu:
                Multiply<TSource, SiluActivation<TLanes>>(source, rows, weight, destination, pool, scratch, cancellation);
                break;
            case Activation.Gelu:
                Multiply<TSource, GeluActivation<TLanes>>(source, rows, weight, destination, pool, scratch, cancellation);
                break;
            case Activation.QuickGelu:
                Multiply<TSource, QuickGeluActivation<TLanes>>(source, rows, weight, destination, pool, scratch, cancellation);
                break;
            default:
                Multiply<TSource, NoActivation<TLanes>>(source, rows, weight, destination, pool, scratch, cancellation);
                break;
        }
    }

    static void Multiply<TSource, TActivation>(
        TSource source, long rows, GemmWeight weight, in GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation)
        where TSource : struct, IGemmRows
        where TActivation : struct, IActivation<TLanes>
    {
        if (rows == 0) return;
        var blocking = GemmBlocking.For(rows, weight, source.TapsOfPointer, GemmMicrokernel<TLanes>.Rows, pool.Workers);
        var work = new GemmWork<TLanes, TSource, TActivation>(weight, source, rows, destination, blocking, scratch);
        pool.Run(ref work, checked(blocking.RowBlocks * blocking.PanelGroups), cancellation);
    }
}
