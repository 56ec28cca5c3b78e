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
        switch (activation)
        {
            case Activation.Silu:
                WinogradConvolution<TLanes>.Run<SiluActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
            case Activation.Gelu:
                WinogradConvolution<TLanes>.Run<GeluActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
            case Activation.QuickGelu:
                WinogradConvolution<TLanes>.Run<QuickGeluActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
            case Activation.Relu:
                WinogradConvolution<TLanes>.Run<ReluActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
            case Activation.LeakyRelu:
                WinogradConvolution<TLanes>.Run<LeakyReluActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
            default:
                WinogradConvolution<TLanes>.Run<NoActivation<TLanes>>(maps, weight, geometry, destination, pool, scratch, cancellation);
                break;
        }
    }
}
