using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>
/// Operations whose kernels depend on how activations are stored, and on nothing else of the device. Sizes are checked here against what kernels
/// count to; shapes and types were by the caller.
/// </summary>
abstract class ElementOperations
{
    public abstract void Activate(Tensor x, Activation activation, Tensor y);

    public abstract void PRelu(Tensor x, Tensor slopes, Tensor y);

    public abstract void Combine(float a, Tensor x, float b, Tensor z, Tensor y);

    public abstract void Scale(float a, Tensor x, Tensor y);

    public abstract void Fill(float value, Tensor y);

    public abstract void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y);

    public abstract void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y);

    public abstract void ConcatChannels(Tensor a, Tensor b, Tensor y);

    public abstract void SliceChannels(Tensor x, int start, Tensor y);

    public abstract void ResizeNearest(Tensor x, Tensor y);

    public abstract void SpaceToDepth(Tensor x, int factor, Tensor y);

    public abstract void DepthToSpace(Tensor x, int factor, Tensor y);

    /// <summary>Spectra are float32: their range is that of a whole map's sum.</summary>
    public abstract void RealFft2d(Tensor x, Tensor spectrum);

    /// <inheritdoc cref="RealFft2d"/>
    public abstract void InverseRealFft2d(Tensor spectrum, Tensor y);

    public abstract void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV);

    /// <summary>Compiles what convolutional networks of the library run, but products and long Fourier lines, the most expensive first.</summary>
    public abstract void Compile(GpuDevice device);

    /// <summary>Compiles what transformers run besides, but products.</summary>
    public abstract void CompileTransformers(GpuDevice device);
}
