using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Attention(Tensor q, Tensor k, Tensor v, int heads, float scale, bool causal, Tensor y) => throw Absent();
}
