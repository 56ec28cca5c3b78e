using ILGPU;

namespace PgpSr.Gpu;

readonly struct ActivateKernel<T>(ArrayView<T> x, int activation, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(activation).Add(y);

    public void Run(int index) => y.Store(index, KernelMath.Activate(x.Load(index), activation));
}

readonly struct PReluKernel<T>(ArrayView<T> x, ArrayView<float> slopes, int channels, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(slopes).Add(channels).Add(y);

    public void Run(int index)
    {
        float value = x.Load(index);
        y.Store(index, value < 0f ? value * slopes[index % channels] : value);
    }
}

readonly struct CombineKernel<T>(float a, ArrayView<T> x, float b, ArrayView<T> z, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(a).Add(x).Add(b).Add(z).Add(y);

    public void Run(int index) => y.Store(index, a * x.Load(index) + b * z.Load(index));
}

readonly struct ScaleKernel<T>(float a, ArrayView<T> x, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(a).Add(x).Add(y);

    public void Run(int index) => y.Store(index, a * x.Load(index));
}

readonly struct FillKernel<T>(float value, ArrayView<T> y) : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(value).Add(y);

    public void Run(int index) => y.Store(index, value);
}
