using System.Numerics.Tensors;
using PgpSr.Tensors;
using Tensor = PgpSr.Tensors.Tensor;

namespace PgpSr.Cpu;

// Elements are rows of length 1 here: an item is a range of them. Spans hold at most RowItems.ItemElements elements (or one row).
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Activate(Tensor x, Activation activation, Tensor y) =>
        RunRows(new ActivateWork(_kernels, CpuBuffer.Floats(x), activation, CpuBuffer.Floats(y)), y.Shape.Count, 1);

    /// <inheritdoc/>
    public override void PRelu(Tensor x, Tensor slopes, Tensor y)
    {
        int channels = y.Shape[-1];
        RunRows(new PReluWork(_kernels, CpuBuffer.Floats(x), channels, CpuBuffer.Floats(slopes), CpuBuffer.Floats(y)), y.Shape.Rows, channels);
    }

    /// <inheritdoc/>
    public override void Combine(float a, Tensor x, float b, Tensor z, Tensor y) =>
        RunRows(new CombineWork(_kernels, a, CpuBuffer.Floats(x), b, CpuBuffer.Floats(z), CpuBuffer.Floats(y)), y.Shape.Count, 1);

    /// <inheritdoc/>
    public override void Scale(float a, Tensor x, Tensor y) =>
        RunRows(new ScaleWork(a, CpuBuffer.Floats(x), CpuBuffer.Floats(y)), y.Shape.Count, 1);

    /// <inheritdoc/>
    public override void Fill(float value, Tensor y) => RunRows(new FillWork(value, CpuBuffer.Floats(y)), y.Shape.Count, 1);

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        if (y.IsChannels)
        {
            RunRows(new SpreadWork(CpuBuffer.Bytes(x), x.Shape[-1] * x.Type.Size(), CpuBuffer.Bytes(y), y.Pitch * y.Type.Size()), y.Shape.Rows,
                y.Shape[-1]);
            return;
        }
        // Bytes, so that tensors of any type can be copied.
        RunRows(new CopyWork(CpuBuffer.Bytes(x), CpuBuffer.Bytes(y)), y.ByteCount, 1);
    }

    void RunRows<TWork>(TWork work, long rows, long rowElements)
        where TWork : struct, IRowWork
    {
        var items = new RowItems<TWork>(work, rows, rowElements);
        _pool.Run(ref items, items.Items, CancellationToken);
    }

    readonly struct ActivateWork(KernelSet kernels, float* x, Activation activation, float* y) : IRowWork
    {
        public void Run(long start, long end) => kernels.Activate(x + start, activation, end - start, y + start);
    }

    readonly struct PReluWork(KernelSet kernels, float* x, int channels, float* slopes, float* y) : IRowWork
    {
        public void Run(long start, long end)
        {
            for (long row = start; row < end; row++) kernels.PRelu(x + row * channels, channels, slopes, y + row * channels);
        }
    }

    readonly struct CombineWork(KernelSet kernels, float a, float* x, float b, float* z, float* y) : IRowWork
    {
        public void Run(long start, long end) => kernels.Combine(a, x + start, b, z + start, end - start, y + start);
    }

    readonly struct ScaleWork(float a, float* x, float* y) : IRowWork
    {
        public void Run(long start, long end) =>
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(x + start, (int)(end - start)), a, new Span<float>(y + start, (int)(end - start)));
    }

    readonly struct FillWork(float value, float* y) : IRowWork
    {
        public void Run(long start, long end) => new Span<float>(y + start, (int)(end - start)).Fill(value);
    }

    readonly struct CopyWork(byte* x, byte* y) : IRowWork
    {
        public void Run(long start, long end) =>
            new ReadOnlySpan<byte>(x + start, (int)(end - start)).CopyTo(new Span<byte>(y + start, (int)(end - start)));
    }

    /// <summary>Rows of <paramref name="row"/> bytes, without gaps in x, <paramref name="pitch"/> bytes apart in y.</summary>
    readonly struct SpreadWork(byte* x, int row, byte* y, int pitch) : IRowWork
    {
        public void Run(long start, long end)
        {
            for (long i = start; i < end; i++) new ReadOnlySpan<byte>(x + i * row, row).CopyTo(new Span<byte>(y + i * pitch, row));
        }
    }
}
