using ILGPU;

namespace PgpSr.Gpu;

readonly struct ActivateKernel(ArrayView<float> x, int activation, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = KernelMath.Activate(x[index], activation);
}

readonly struct GegluKernel(ArrayView<float> x, int channels, ArrayView<float> y) : IElementKernel
{
    public void Run(int index)
    {
        int row = index / channels;
        long source = index + (long)row * channels;
        y[index] = x[source] * KernelMath.Gelu(x[source + channels]);
    }
}

readonly struct AddKernel(ArrayView<float> a, ArrayView<float> b, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = a[index] + b[index];
}

readonly struct CombineKernel(float a, ArrayView<float> x, float b, ArrayView<float> z, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = a * x[index] + b * z[index];
}

readonly struct ScaleKernel(float a, ArrayView<float> x, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = a * x[index];
}

/// <param name="x">[samples, positions, channels].</param>
/// <param name="v">[samples or 1, channels].</param>
/// <param name="channels">Channels.</param>
/// <param name="sampleCount">Elements of a sample, or of all samples if they share one vector.</param>
/// <param name="y">As x.</param>
readonly struct AddPerChannelKernel(ArrayView<float> x, ArrayView<float> v, int channels, int sampleCount, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = x[index] + v[index / sampleCount * channels + index % channels];
}

readonly struct FillKernel(float value, ArrayView<float> y) : IElementKernel
{
    public void Run(int index) => y[index] = value;
}
