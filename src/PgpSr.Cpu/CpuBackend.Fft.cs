using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum)
    {
        if (x.Shape.Count == 0) return;
        _kernels.RealFft2d(
            x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], CpuBuffer.Floats(x), CpuBuffer.Floats(spectrum), _pool, _scratch, CancellationToken);
    }

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        _kernels.InverseRealFft2d(
            y.Shape[0], y.Shape[1], y.Shape[2], y.Shape[3], CpuBuffer.Floats(spectrum), CpuBuffer.Floats(y), _pool, _scratch, CancellationToken);
    }

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        int channels = u.Shape[u.Shape.Rank - 1];
        _kernels.ExchangePhases(
            u.Shape.Count / (2L * channels), channels,
            CpuBuffer.Floats(u), CpuBuffer.Floats(v), CpuBuffer.Floats(exchangedU), CpuBuffer.Floats(exchangedV),
            _pool, CancellationToken);
    }

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        _kernels.PhaseExchange(
            u.Shape[0], u.Shape[1], u.Shape[2], u.Shape[3],
            CpuBuffer.Floats(u), CpuBuffer.Floats(v), CpuBuffer.Floats(exchangedU), CpuBuffer.Floats(exchangedV),
            _pool, _scratch, CancellationToken);
    }
}
