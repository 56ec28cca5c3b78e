using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y) => throw Absent();
}
