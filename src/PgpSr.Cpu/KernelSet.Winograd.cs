using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract partial class KernelSet
{
    /// <summary>A 3x3 convolution of stride 1 in Winograd's way.</summary>
    public abstract void Winograd(
        ConvMaps maps, string name, GemmWeight weight, Conv2dGeometry geometry, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation);
}

sealed partial class KernelSet<TLanes>
{
    public override void Winograd(
        ConvMaps maps, string name, GemmWeight weight, Conv2dGeometry geometry, Activation activation, in GemmDestination destination,
        WorkerPool pool, Scratch scratch, CancellationToken cancellation)
    {
        if (weight.Lanes != TLanes.Count || weight.PanelVectors != GemmMicrokernel<TLanes>.Vectors) Throw.OtherKernelSet(name, Name, nameof(weight));
        ActivationChoice.Run(activation, new WinogradWork(maps, weight, geometry, destination, pool, scratch, cancellation));
    }

    readonly struct WinogradWork(
        ConvMaps maps, GemmWeight weight, Conv2dGeometry geometry, GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation) : IActivated
    {
        public void Run<TActivation>()
            where TActivation : struct, ILaneFunction =>
            WinogradConvolution<TLanes>.Run<TActivation>(maps, weight, geometry, destination, pool, scratch, cancellation);
    }
}
