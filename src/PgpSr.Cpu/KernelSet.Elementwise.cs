using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <summary>y = activation(x) on a range.</summary>
    public abstract void Activate(float* x, Activation activation, long count, float* y);

    /// <inheritdoc cref="ElementwiseKernel{TLanes}.PRelu"/>
    public abstract void PRelu(float* x, int channels, float* slopes, float* y);

    /// <summary>y = a x + b z on a range.</summary>
    public abstract void Combine(float a, float* x, float b, float* z, long count, float* y);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override void Activate(float* x, Activation activation, long count, float* y) =>
        ActivationChoice.Run(activation, new MapWork(x, count, y));

    public override void PRelu(float* x, int channels, float* slopes, float* y) => ElementwiseKernel<TLanes>.PRelu(x, channels, slopes, y);

    public override void Combine(float a, float* x, float b, float* z, long count, float* y) =>
        ElementwiseKernel<TLanes>.Combine(a, x, b, z, count, y);

    readonly struct MapWork(float* x, long count, float* y) : IActivated
    {
        public void Run<TActivation>()
            where TActivation : struct, ILaneFunction => ElementwiseKernel<TLanes>.Map<TActivation>(x, count, y);
    }
}
