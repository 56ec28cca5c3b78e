using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <summary>y = activation(x) on a range.</summary>
    public abstract void Activate(float* x, Activation activation, long count, float* y);

    /// <summary>One row: x [2C], y [C] = first half * gelu(second half).</summary>
    public abstract void Geglu(float* x, int channels, float* y);

    /// <summary>y = a x + b z on a range.</summary>
    public abstract void Combine(float a, float* x, float b, float* z, long count, float* y);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override void Activate(float* x, Activation activation, long count, float* y)
    {
        switch (activation)
        {
            case Activation.Silu: ElementwiseKernel<TLanes>.Map<SiluFunction>(x, count, y); break;
            case Activation.Gelu: ElementwiseKernel<TLanes>.Map<GeluFunction>(x, count, y); break;
            case Activation.QuickGelu: ElementwiseKernel<TLanes>.Map<QuickGeluFunction>(x, count, y); break;
            case Activation.Relu: ElementwiseKernel<TLanes>.Map<ReluFunction>(x, count, y); break;
            case Activation.LeakyRelu: ElementwiseKernel<TLanes>.Map<LeakyReluFunction>(x, count, y); break;
            default: ElementwiseKernel<TLanes>.Map<IdentityFunction>(x, count, y); break;
        }
    }

    public override void Geglu(float* x, int channels, float* y) => ElementwiseKernel<TLanes>.Geglu(x, channels, y);

    public override void Combine(float a, float* x, float b, float* z, long count, float* y) =>
        ElementwiseKernel<TLanes>.Combine(a, x, b, z, count, y);
}
