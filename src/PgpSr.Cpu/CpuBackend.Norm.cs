using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) => throw Absent();

    /// <inheritdoc/>
    public override void Softmax(Tensor x, Tensor y) => throw Absent();
}
