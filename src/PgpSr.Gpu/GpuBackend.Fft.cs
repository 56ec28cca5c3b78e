using PgpSr.Gpu.Fourier;
using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    readonly FourierTransforms _fourier;

    /// <inheritdoc/>
    public override bool FusesPhaseExchange => true;

    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum)
    {
        if (x.Shape.Count == 0) return;
        Begin();
        Int(spectrum.Shape.Count);
        var shape = FourierShape.Of(x);
        _fourier.RowsForward(shape, GpuBuffer.Floats(x), GpuBuffer.Floats(spectrum));
        _fourier.Columns(shape, -1f, GpuBuffer.Floats(spectrum), GpuBuffer.Floats(spectrum));
    }

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Begin();
        int count = Int(spectrum.Shape.Count);
        var shape = FourierShape.Of(y);
        var columns = _queue.Scratch(count);
        _fourier.Columns(shape, 1f, GpuBuffer.Floats(spectrum), columns);
        _fourier.RowsInverse(shape, columns, GpuBuffer.Floats(y));
    }

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        ForEach(
            new ExchangePhasesKernel(
                GpuBuffer.Floats(u), GpuBuffer.Floats(v), u.Shape[-1], GpuBuffer.Floats(exchangedU), GpuBuffer.Floats(exchangedV)),
            Int(u.Shape.Count) / 2);
    }

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        Begin();
        var shape = FourierShape.Of(u);
        int count = Int(shape.SpectrumCount);
        var scratch = _queue.Scratch(2L * count);
        var uSpectrum = scratch.SubView(0, count);
        var vSpectrum = scratch.SubView(count, count);
        _fourier.RowsForward(shape, GpuBuffer.Floats(u), uSpectrum);
        _fourier.RowsForward(shape, GpuBuffer.Floats(v), vSpectrum);
        _fourier.ColumnsExchange(shape, uSpectrum, vSpectrum);
        _fourier.RowsInverse(shape, uSpectrum, GpuBuffer.Floats(exchangedU));
        _fourier.RowsInverse(shape, vSpectrum, GpuBuffer.Floats(exchangedV));
    }
}
