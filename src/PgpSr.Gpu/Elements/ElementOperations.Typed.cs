using ILGPU;
using PgpSr.Gpu.Fourier;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

/// <summary>The operations for activations stored as <typeparamref name="T"/>.</summary>
sealed partial class ElementOperations<T>(GpuQueue queue, FourierTransforms fourier) : ElementOperations
    where T : unmanaged, IElement<T>
{
    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        queue.ForEach(new ActivateKernel<T>(Elements(x), (int)activation, Elements(y)), y.Shape.Count);

    public override void PRelu(Tensor x, Tensor slopes, Tensor y) =>
        queue.ForEach(new PReluKernel<T>(Elements(x), GpuBuffer.Floats(slopes), y.Shape[-1], Elements(y)), y.Shape.Count);

    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) =>
        queue.ForEach(new CombineKernel<T>(a, Elements(x), b, Elements(z), Elements(y)), y.Shape.Count);

    public override void Scale(float a, Tensor x, Tensor y) => queue.ForEach(new ScaleKernel<T>(a, Elements(x), Elements(y)), y.Shape.Count);

    public override void Fill(float value, Tensor y) => queue.ForEach(new FillKernel<T>(value, Elements(y)), y.Shape.Count);

    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) =>
        queue.ForEach(new ConcatKernel<T>(Elements(a), a.Shape[-1], Elements(b), b.Shape[-1], Elements(y)), y.Shape.Count);

    public override void SliceChannels(Tensor x, int start, Tensor y) =>
        queue.ForEach(new SliceKernel<T>(Elements(x), x.Shape[-1], start, y.Shape[-1], Elements(y)), y.Shape.Count);

    public override void ResizeNearest(Tensor x, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        queue.Int(x.Shape.Count);
        queue.ForEach(
            new ResizeNearestKernel<T>(
                Elements(x), x.Shape[1], x.Shape[2], x.Shape[3], (float)x.Shape[1] / y.Shape[1], (float)x.Shape[2] / y.Shape[2], y.Shape[1], y.Shape[2],
                Elements(y)),
            y.Shape.Count);
    }

    public override void SpaceToDepth(Tensor x, int factor, Tensor y) =>
        queue.ForEach(new SpaceToDepthKernel<T>(Elements(x), x.Shape[2], x.Shape[3], factor, Elements(y)), y.Shape.Count);

    public override void DepthToSpace(Tensor x, int factor, Tensor y) =>
        queue.ForEach(new DepthToSpaceKernel<T>(Elements(x), y.Shape[2], y.Shape[3], factor, Elements(y)), y.Shape.Count);

    public override void RealFft2d(Tensor x, Tensor spectrum)
    {
        if (x.Shape.Count == 0) return;
        queue.Int(spectrum.Shape.Count);
        var shape = FourierShape.Of(x);
        fourier.RowsForward(shape, Elements(x), GpuBuffer.Floats(spectrum));
        fourier.Columns(shape, -1f, GpuBuffer.Floats(spectrum), GpuBuffer.Floats(spectrum));
    }

    public override void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        int count = queue.Int(spectrum.Shape.Count);
        var shape = FourierShape.Of(y);
        var columns = queue.Scratch(count);
        fourier.Columns(shape, 1f, GpuBuffer.Floats(spectrum), columns);
        fourier.RowsInverse(shape, columns, Elements(y));
    }

    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        var shape = FourierShape.Of(u);
        int count = queue.Int(shape.SpectrumCount);
        var scratch = queue.Scratch(2L * count);
        var uSpectrum = scratch.SubView(0, count);
        var vSpectrum = scratch.SubView(count, count);
        fourier.RowsForward(shape, Elements(u), uSpectrum);
        fourier.RowsForward(shape, Elements(v), vSpectrum);
        fourier.ColumnsExchange(shape, uSpectrum, vSpectrum);
        fourier.RowsInverse(shape, uSpectrum, Elements(exchangedU));
        fourier.RowsInverse(shape, vSpectrum, Elements(exchangedV));
    }

    public override void Compile(GpuDevice device)
    {
        device.Driver.Compile<GroupMomentsKernel<T>>();
        device.Driver.Compile<GroupScaleKernel<T>>();
        device.Driver.Compile<GroupApplyKernel<T>>();
        device.Driver.Compile<ColumnsExchangeKernel>();
        device.Driver.Compile<RowsForwardKernel<T>>();
        device.Driver.Compile<RowsInverseKernel<T>>();
        device.Driver.Compile<ActivateKernel<T>>();
        device.Driver.Compile<CombineKernel<T>>();
        device.Driver.Compile<ScaleKernel<T>>();
        device.Driver.Compile<ConcatKernel<T>>();
        device.Driver.Compile<ResizeNearestKernel<T>>();
        device.Driver.Compile<SpaceToDepthKernel<T>>();
        device.Driver.Compile<DepthToSpaceKernel<T>>();
    }

    public override void CompileTransformers(GpuDevice device) => device.Driver.Compile<LayerNormKernel<T>>();

    static ArrayView<T> Elements(Tensor tensor) => GpuBuffer.Elements<T>(tensor);
}
