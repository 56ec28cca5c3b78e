using ILGPU;

namespace PgpSr.Gpu;

readonly struct ActivateKernel<T>(ArrayView<T> x, int activation, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, KernelMath.Activate(x.Load(index), activation));
}

readonly struct GegluKernel<T>(ArrayView<T> x, int channels, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index)
    {
        int row = index / channels;
        long source = index + (long)row * channels;
        y.Store(index, x.Load(source) * KernelMath.Gelu(x.Load(source + channels)));
    }
}

readonly struct AddKernel<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, a.Load(index) + b.Load(index));
}

readonly struct CombineKernel<T>(float a, ArrayView<T> x, float b, ArrayView<T> z, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, a * x.Load(index) + b * z.Load(index));
}

readonly struct ScaleKernel<T>(float a, ArrayView<T> x, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, a * x.Load(index));
}

/// <param name="x">[samples, positions, channels].</param>
/// <param name="v">[samples or 1, channels].</param>
/// <param name="channels">Channels.</param>
/// <param name="sampleCount">Elements of a sample, or of all samples if they share one vector.</param>
/// <param name="y">As x.</param>
readonly struct AddPerChannelKernel<T>(ArrayView<T> x, ArrayView<float> v, int channels, int sampleCount, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, x.Load(index) + v[index / sampleCount * channels + index % channels]);
}

readonly struct FillKernel<T>(float value, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Run(int index) => y.Store(index, value);
}
