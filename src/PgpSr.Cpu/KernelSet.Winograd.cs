using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <summary>A 3x3 convolution of stride 1 in Winograd's way.</summary>
    public abstract void Winograd(
        float* x, int samples, int height, int width, string name, GemmWeight weight, Conv2dGeometry geometry, Activation activation, in GemmDestination destination,
        int outHeight, int outWidth, WorkerPool pool, Scratch scratch, CancellationToken cancellation);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override void Winograd(
        float* x, int samples, int height, int width, string name, GemmWeight weight, Conv2dGeometry geometry, Activation activation, in GemmDestination destination,
        int outHeight, int outWidth, WorkerPool pool, Scratch scratch, CancellationToken cancellation)
    {
        if (weight.Lanes != TLanes.Count || weight.PanelVectors != GemmMicrokernel<TLanes>.Vectors) Throw.OtherKernelSet(name, Name, nameof(weight));
        switch (activation)
        {
            case Activation.Silu:
                WinogradConvolution<TLanes>.Run<SiluActivation<TLanes>>(x, samples, height, width, weight, geometry, destination, outHeight, outWidth, pool, scratch, cancellation);
                break;
            case Activation.Gelu:
                WinogradConvolution<TLanes>.Run<GeluActivation<TLanes>>(x, samples, height, width, weight, geometry, destination, outHeight, outWidth, pool, scratch, cancellation);
                break;
            case Activation.QuickGelu:
                WinogradConvolution<TLanes>.Run<QuickGeluActivation<TLanes>>(x, samples, height, width, weight, geometry, destination, outHeight, outWidth, pool, scratch, cancellation);
                break;
            default:
                WinogradConvolution<TLanes>.Run<NoActivation<TLanes>>(x, samples, height, width, weight, geometry, destination, outHeight, outWidth, pool, scratch, cancellation);
                break;
        }
    }
}
