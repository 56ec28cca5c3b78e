using ILGPU;

namespace PgpSr.Gpu.Fourier;

/// <summary>
/// Passes of two-dimensional transforms over rows and columns of channels-last maps. Lines that fit are transformed in shared memory; longer ones by
/// plain sums from global memory.
/// </summary>
sealed class FourierTransforms(GpuQueue queue) : IDisposable
{
    /// <summary>Channels of a block at most: 32 floats are the 128 bytes of a memory transaction.</summary>
    const int MaxShift = 5;

    readonly Dictionary<int, FourierPlan> _plans = [];

    public void RowsForward<T>(in FourierShape shape, ArrayView<T> x, ArrayView<float> y)
        where T : unmanaged, IElement<T>
    {
        var plan = Plan(shape.Width);
        int shift = Shift(shape.Width, shape.Channels, 4);
        if (shift < 0)
            queue.ForEach(new DirectRowsForwardKernel<T>(x, shape.Width, shape.Channels, plan.Roots, y), shape.SpectrumCount / 2);
        else
            queue.Run(
                new RowsForwardKernel<T>(x, shape.Height, shape.Channels, shift, plan.Line, y),
                Grid(shape, shift, (shape.Height + 1) / 2, 4 * shape.Width));
    }

    public void RowsInverse<T>(in FourierShape shape, ArrayView<float> x, ArrayView<T> y)
        where T : unmanaged, IElement<T>
    {
        var plan = Plan(shape.Width);
        int shift = Shift(shape.Width, shape.Channels, 4);
        float scale = 1f / ((float)shape.Height * shape.Width);
        if (shift < 0)
            queue.ForEach(new DirectRowsInverseKernel<T>(x, shape.Width, shape.Channels, scale, plan.Roots, y), shape.MapCount);
        else
            queue.Run(
                new RowsInverseKernel<T>(x, shape.Height, shape.Channels, shift, scale, plan.Line, y),
                Grid(shape, shift, (shape.Height + 1) / 2, 4 * shape.Width));
    }

    /// <summary>y may be x.</summary>
    public void Columns(in FourierShape shape, float sign, ArrayView<float> x, ArrayView<float> y)
    {
        var plan = Plan(shape.Height);
        int shift = Shift(shape.Height, shape.Channels, 4);
        if (shift >= 0)
        {
            queue.Run(new ColumnsKernel(x, shape.Channels, shift, sign, plan.Line, y), Grid(shape, shift, shape.Bins, 4 * shape.Height));
            return;
        }
        // Plain sums cannot write over their source, which may be the operation's scratch.
        var copy = queue.Scratch(shape.SpectrumCount, slot: 1);
        queue.ForEach(new DirectColumnsKernel(x, shape.Height, shape.Bins, shape.Channels, sign, plan.Roots, copy), shape.SpectrumCount / 2);
        queue.Copy(copy.Cast<byte>(), y.Cast<byte>());
    }

    /// <summary>Columns forward, phases exchanged, and back, in place.</summary>
    public void ColumnsExchange(in FourierShape shape, ArrayView<float> u, ArrayView<float> v)
    {
        var plan = Plan(shape.Height);
        int shift = Shift(shape.Height, shape.Channels, 8);
        if (shift >= 0)
        {
            queue.Run(new ColumnsExchangeKernel(u, v, shape.Channels, shift, plan.Line), Grid(shape, shift, shape.Bins, 8 * shape.Height));
            return;
        }
        Columns(shape, -1f, u, u);
        Columns(shape, -1f, v, v);
        queue.ForEach(new ExchangePhasesKernel(u, v, shape.Channels, u, v), shape.SpectrumCount / 2);
        Columns(shape, 1f, u, u);
        Columns(shape, 1f, v, v);
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values) plan.Dispose();
        _plans.Clear();
    }

    FourierPlan Plan(int length)
    {
        if (!_plans.TryGetValue(length, out var plan)) _plans.Add(length, plan = new FourierPlan(queue, length));
        return plan;
    }

    /// <summary>
    /// Binary logarithm of the channels that a group takes, <paramref name="copies"/> floats for each value of a line; negative if not one line fits.
    /// </summary>
    int Shift(int length, int channels, int copies)
    {
        // A barrier of the operating system's threads is dearer than a plain sum.
        if (queue.Device.Report.Api == GpuApi.Simulated) return -1;
        int shift = MaxShift;
        while (shift >= 0 && (((long)length * copies) << shift > FourierLine.SharedFloats || (shift > 0 && 1 << (shift - 1) >= channels))) shift--;
        return shift;
    }

    KernelConfig Grid(in FourierShape shape, int shift, int lines, int floats)
    {
        int threads = queue.Device.GroupSize;
        while (threads > 32 && threads / 2 >= floats << shift) threads /= 2;
        return new KernelConfig(new Index3D((shape.Channels + (1 << shift) - 1) >> shift, lines, shape.Samples), new Index3D(threads, 1, 1));
    }
}
