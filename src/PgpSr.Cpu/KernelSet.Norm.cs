using PgpSr.Tensors;

namespace PgpSr.Cpu;

abstract unsafe partial class KernelSet
{
    /// <summary>Channels rounded up to whole registers: the length of the tables of <see cref="GroupNormApply"/>.</summary>
    public abstract int PaddedChannels(int channels);

    /// <summary>Floats of scratch for <see cref="GroupNormMoments"/>.</summary>
    public abstract int GroupNormScratch(int channels);

    /// <inheritdoc cref="GroupNormKernel{TLanes}.Accumulate"/>
    public abstract void GroupNormMoments(float* x, int positions, int channels, int groups, float* scratch, Moments* moments);

    /// <inheritdoc cref="GroupNormKernel{TLanes}.Apply"/>
    public abstract void GroupNormApply(float* x, int positions, int channels, float* mean, float* scale, float* offset, Activation activation,
        float* y);

    /// <inheritdoc cref="RowNormKernel{TLanes}.LayerNorm"/>
    public abstract void LayerNorm(float* x, int count, float* gamma, float* beta, float epsilon, float* y);

    /// <inheritdoc cref="RowNormKernel{TLanes}.Softmax"/>
    public abstract void Softmax(float* x, int count, float* y);
}

sealed unsafe partial class KernelSet<TLanes>
{
    public override int PaddedChannels(int channels) => GroupNormKernel<TLanes>.Padded(channels);

    public override int GroupNormScratch(int channels) => GroupNormKernel<TLanes>.ScratchFloats(channels);

    public override void GroupNormMoments(float* x, int positions, int channels, int groups, float* scratch, Moments* moments) =>
        GroupNormKernel<TLanes>.Accumulate(x, positions, channels, groups, scratch, moments);

    public override void GroupNormApply(float* x, int positions, int channels, float* mean, float* scale, float* offset, Activation activation,
        float* y)
    {
        switch (activation)
        {
            case Activation.Silu: GroupNormKernel<TLanes>.Apply<SiluFunction>(x, positions, channels, mean, scale, offset, y); break;
            case Activation.Gelu: GroupNormKernel<TLanes>.Apply<GeluFunction>(x, positions, channels, mean, scale, offset, y); break;
            case Activation.QuickGelu: GroupNormKernel<TLanes>.Apply<QuickGeluFunction>(x, positions, channels, mean, scale, offset, y); break;
            case Activation.Relu: GroupNormKernel<TLanes>.Apply<ReluFunction>(x, positions, channels, mean, scale, offset, y); break;
            case Activation.LeakyRelu: GroupNormKernel<TLanes>.Apply<LeakyReluFunction>(x, positions, channels, mean, scale, offset, y); break;
            default: GroupNormKernel<TLanes>.Apply<IdentityFunction>(x, positions, channels, mean, scale, offset, y); break;
        }
    }

    public override void LayerNorm(float* x, int count, float* gamma, float* beta, float epsilon, float* y) =>
        RowNormKernel<TLanes>.LayerNorm(x, count, gamma, beta, epsilon, y);

    public override void Softmax(float* x, int count, float* y) => RowNormKernel<TLanes>.Softmax(x, count, y);
}
