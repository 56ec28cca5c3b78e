using PgpSr.Gpu.Fourier;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y)
    {
        using var turn = Begin();
        On(y).Activate(x, activation, y);
    }

    /// <inheritdoc/>
    public override void PRelu(Tensor x, Tensor slopes, Tensor y)
    {
        using var turn = Begin();
        On(y).PRelu(x, slopes, y);
    }

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y)
    {
        using var turn = Begin();
        On(y).Combine(a, x, b, z, y);
    }

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y)
    {
        using var turn = Begin();
        On(y).Scale(a, x, y);
    }

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y)
    {
        using var turn = Begin();
        On(y).Fill(value, y);
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        if (x.ByteCount != y.ByteCount) Throw.OtherType(x, y.Type.Size());
        using var turn = Begin();
        _queue.Copy(GpuBuffer.Bytes(x), GpuBuffer.Bytes(y));
    }

    /// <inheritdoc/>
    public override void GroupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float epsilon, Activation activation, Tensor y)
    {
        using var turn = Begin();
        On(y).GroupNorm(x, gamma, beta, groups, epsilon, activation, y);
    }

    /// <inheritdoc/>
    public override void LayerNorm(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y)
    {
        using var turn = Begin();
        On(y).LayerNorm(x, gamma, beta, epsilon, y);
    }

    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y)
    {
        using var turn = Begin();
        On(y).ConcatChannels(a, b, y);
    }

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y)
    {
        using var turn = Begin();
        On(y).SliceChannels(x, start, y);
    }

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y)
    {
        using var turn = Begin();
        On(y).ResizeNearest(x, y);
    }

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y)
    {
        using var turn = Begin();
        On(y).SpaceToDepth(x, factor, y);
    }

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y)
    {
        using var turn = Begin();
        On(y).DepthToSpace(x, factor, y);
    }

    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum)
    {
        using var turn = Begin();
        On(x).RealFft2d(x, spectrum);
    }

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        using var turn = Begin();
        On(y).InverseRealFft2d(spectrum, y);
    }

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        using var turn = Begin();
        _queue.ForEach(
            new ExchangePhasesKernel(
                GpuBuffer.Floats(u), GpuBuffer.Floats(v), u.Shape[-1], GpuBuffer.Floats(exchangedU), GpuBuffer.Floats(exchangedV)),
            _queue.Int(u.Shape.Count) / 2);
    }

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        using var turn = Begin();
        On(u).PhaseExchange(u, v, exchangedU, exchangedV);
    }

    ElementOperations On(Tensor tensor) => tensor.Type == DType.F16 ? _halves : _singles;
}
