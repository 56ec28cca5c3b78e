using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) =>
        ForEach(new ConcatKernel(GpuBuffer.Floats(a), a.Shape[-1], GpuBuffer.Floats(b), b.Shape[-1], GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y) =>
        ForEach(new SliceKernel(GpuBuffer.Floats(x), x.Shape[-1], start, y.Shape[-1], GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Int(x.Shape.Count);
        ForEach(
            new ResizeNearestKernel(
                GpuBuffer.Floats(x), x.Shape[1], x.Shape[2], x.Shape[3], (float)x.Shape[1] / y.Shape[1], (float)x.Shape[2] / y.Shape[2], y.Shape[1],
                y.Shape[2], GpuBuffer.Floats(y)),
            y.Shape.Count);
    }

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y) =>
        ForEach(new SpaceToDepthKernel(GpuBuffer.Floats(x), x.Shape[2], x.Shape[3], factor, GpuBuffer.Floats(y)), y.Shape.Count);

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y) =>
        ForEach(new DepthToSpaceKernel(GpuBuffer.Floats(x), y.Shape[2], y.Shape[3], factor, GpuBuffer.Floats(y)), y.Shape.Count);
}
