using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        ForEach(new ActivateKernel(GpuBuffer.Floats(x), (int)activation, GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void Geglu(Tensor x, Tensor y) => ForEach(new GegluKernel(GpuBuffer.Floats(x), y.Shape[-1], GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) =>
        ForEach(new AddKernel(GpuBuffer.Floats(a), GpuBuffer.Floats(b), GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) =>
        ForEach(new CombineKernel(a, GpuBuffer.Floats(x), b, GpuBuffer.Floats(z), GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y) => ForEach(new ScaleKernel(a, GpuBuffer.Floats(x), GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void AddPerChannel(Tensor x, Tensor v, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        // One row of v for all samples is a sample that has all elements.
        long sampleCount = v.Shape.Rows == 1 ? y.Shape.Count : y.Shape.Count / y.Shape[0];
        ForEach(new AddPerChannelKernel(GpuBuffer.Floats(x), GpuBuffer.Floats(v), y.Shape[-1], Int(sampleCount), GpuBuffer.Floats(y)), y.Shape.Count);
    }

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y) => ForEach(new FillKernel(value, GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        Begin();
        _queue.Copy(GpuBuffer.Bytes(x), GpuBuffer.Bytes(y));
    }

    void ForEach<TKernel>(in TKernel kernel, long count)
        where TKernel : struct, IElementKernel
    {
        Begin();
        _queue.ForEach(kernel, count);
    }

    int Int(long count)
    {
        if (count > GpuQueue.MaxCount) Throw.TooLarge(Name, count);
        return (int)count;
    }
}
