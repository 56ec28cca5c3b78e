using PgpSr.Tensors;

namespace PgpSr.Cpu;

// Copies only: no kernel depends on the vector width. A row is one row of the result.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ConcatChannels(Tensor a, Tensor b, Tensor y) =>
        RunRows(new ConcatWork(CpuBuffer.Floats(a), a.Shape[-1], CpuBuffer.Floats(b), b.Shape[-1], CpuBuffer.Floats(y)), y.Shape.Rows, y.Shape[-1]);

    /// <inheritdoc/>
    public override void SliceChannels(Tensor x, int start, Tensor y) =>
        RunRows(new SliceWork(CpuBuffer.Floats(x) + start, x.Shape[-1], y.Shape[-1], CpuBuffer.Floats(y)), y.Shape.Rows, y.Shape[-1]);

    /// <inheritdoc/>
    public override void ResizeNearest(Tensor x, Tensor y) =>
        RunRows(new ResizeWork(CpuBuffer.Floats(x), x.Shape, CpuBuffer.Floats(y), y.Shape), (long)y.Shape[0] * y.Shape[1],
            (long)y.Shape[2] * y.Shape[3]);

    /// <inheritdoc/>
    public override void SpaceToDepth(Tensor x, int factor, Tensor y) =>
        RunRows(new BlockWork(CpuBuffer.Floats(x), CpuBuffer.Floats(y), y.Shape[2], x.Shape[3], factor, toDepth: true),
            (long)y.Shape[0] * y.Shape[1], (long)y.Shape[2] * y.Shape[3]);

    /// <inheritdoc/>
    public override void DepthToSpace(Tensor x, int factor, Tensor y) =>
        RunRows(new BlockWork(CpuBuffer.Floats(x), CpuBuffer.Floats(y), x.Shape[2], y.Shape[3], factor, toDepth: false),
            (long)x.Shape[0] * x.Shape[1], (long)x.Shape[2] * x.Shape[3]);

    static void CopyFloats(float* from, int count, float* to) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    readonly struct ConcatWork(float* a, int aChannels, float* b, int bChannels, float* y) : IRowWork
    {
        public void Run(long start, long end)
        {
            float* to = y + start * (aChannels + bChannels);
            for (long row = start; row < end; row++)
            {
                CopyFloats(a + row * aChannels, aChannels, to);
                CopyFloats(b + row * bChannels, bChannels, to + aChannels);
                to += aChannels + bChannels;
            }
        }
    }

    readonly struct SliceWork(float* x, int stride, int channels, float* y) : IRowWork
    {
        public void Run(long start, long end)
        {
            for (long row = start; row < end; row++) CopyFloats(x + row * stride, channels, y + row * channels);
        }
    }

    readonly struct ResizeWork(float* x, Shape from, float* y, Shape to) : IRowWork
    {
        public void Run(long start, long end)
        {
            int height = to[1], width = to[2], channels = to[3];
            for (long row = start; row < end; row++)
            {
                long sample = row / height;
                float* source = x + (sample * from[1] + NearestIndex((int)(row - sample * height), from[1], height)) * from[2] * channels;
                float* destination = y + row * width * channels;
                for (int column = 0; column < width; column++)
                    CopyFloats(source + (long)NearestIndex(column, from[2], width) * channels, channels, destination + (long)column * channels);
            }
        }

        // In float32 with a truncated product, as torch's upsample_nearest2d computes it: a rational computation differs at some sizes.
        static int NearestIndex(int index, int size, int resized) => Math.Min((int)(index * ((float)size / resized)), size - 1);
    }

    /// <summary>A row is a row of blocks: <paramref name="width"/> blocks of factor x factor pixels of <paramref name="channels"/>
    /// channels.</summary>
    readonly struct BlockWork(float* from, float* to, int width, int channels, int factor, bool toDepth) : IRowWork
    {
        public void Run(long start, long end)
        {
            long pixelRow = (long)width * factor * channels;
            int depth = channels * factor * factor;
            for (long row = start; row < end; row++)
                for (int dy = 0; dy < factor; dy++)
                    for (int column = 0; column < width; column++)
                        for (int dx = 0; dx < factor; dx++)
                        {
                            long space = (row * factor + dy) * pixelRow + ((long)column * factor + dx) * channels;
                            long block = (row * width + column) * depth + dy * factor + dx;
                            for (int c = 0; c < channels; c++)
                            {
                                if (toDepth) to[block + (long)c * factor * factor] = from[space + c];
                                else to[space + c] = from[block + (long)c * factor * factor];
                            }
                        }
        }
    }
}
