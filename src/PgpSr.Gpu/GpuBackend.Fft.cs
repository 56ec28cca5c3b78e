using PgpSr.Tensors;

namespace PgpSr.Gpu;

public sealed partial class GpuBackend
{
    readonly Dictionary<int, GpuBuffer> _roots = [];

    /// <inheritdoc/>
    public override void RealFft2d(Tensor x, Tensor spectrum)
    {
        if (x.Shape.Count == 0) return;
        Begin();
        int height = x.Shape[1], width = x.Shape[2], channels = x.Shape[3], bins = width / 2 + 1;
        int count = Int(spectrum.Shape.Count);
        var rows = _queue.Scratch(count);
        _queue.ForEach(new RealRowsKernel(GpuBuffer.Floats(x), width, channels, Roots(width), rows), count / 2);
        _queue.ForEach(new ComplexColumnsKernel(rows, height, bins, channels, -1f, Roots(height), GpuBuffer.Floats(spectrum)), count / 2);
    }

    /// <inheritdoc/>
    public override void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        Begin();
        int height = y.Shape[1], width = y.Shape[2], channels = y.Shape[3], bins = width / 2 + 1;
        int count = Int(spectrum.Shape.Count);
        var columns = _queue.Scratch(count);
        _queue.ForEach(new ComplexColumnsKernel(GpuBuffer.Floats(spectrum), height, bins, channels, 1f, Roots(height), columns), count / 2);
        _queue.ForEach(new InverseRealRowsKernel(columns, width, channels, 1f / ((float)height * width), Roots(width), GpuBuffer.Floats(y)), y.Shape.Count);
    }

    /// <inheritdoc/>
    public override void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        if (u.Shape.Count == 0) return;
        ForEach(
            new ExchangePhasesKernel(GpuBuffer.Floats(u), GpuBuffer.Floats(v), u.Shape[-1], GpuBuffer.Floats(exchangedU), GpuBuffer.Floats(exchangedV)),
            Int(u.Shape.Count) / 2);
    }

    ILGPU.ArrayView<float> Roots(int length)
    {
        if (!_roots.TryGetValue(length, out var buffer))
        {
            var values = new float[2 * length];
            for (int i = 0; i < length; i++) (values[2 * i + 1], values[2 * i]) = ((float)Math.Sin(2 * Math.PI * i / length), (float)Math.Cos(2 * Math.PI * i / length));
            buffer = new GpuBuffer(_queue.Memory, values.Length * sizeof(float));
            _queue.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values), buffer.View<byte>(0, buffer.Length));
            _roots.Add(length, buffer);
        }
        return buffer.View<float>(0, 2 * length);
    }
}
