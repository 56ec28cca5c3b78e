using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum) => throw Absent();

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV) => throw Absent();
}
