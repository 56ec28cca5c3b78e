using ILGPU;

namespace PgpSr.Gpu;

// One thread for each element of the result. Values only move, as they are stored.

readonly struct ConcatKernel<T>(ArrayView<T> a, int aChannels, ArrayView<T> b, int bChannels, ArrayView<T> y) : IElementKernel
    where T : unmanaged
{
    public void Write(ref KernelArguments to) => to.Add(a).Add(aChannels).Add(b).Add(bChannels).Add(y);

    public void Run(int index)
    {
        int channels = aChannels + bChannels;
        int row = index / channels, channel = index - row * channels;
        y[index] = channel < aChannels ? a[row * aChannels + channel] : b[row * bChannels + channel - aChannels];
    }
}

readonly struct SliceKernel<T>(ArrayView<T> x, int stride, int start, int channels, ArrayView<T> y) : IElementKernel
    where T : unmanaged
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(stride).Add(start).Add(channels).Add(y);

    public void Run(int index)
    {
        int row = index / channels, channel = index - row * channels;
        y[index] = x[(long)row * stride + start + channel];
    }
}

/// <summary>
/// Nearest neighbor: the source index is a truncated product in float32, as torch's upsample_nearest2d computes it; a rational computation differs
/// at some sizes.
/// </summary>
readonly struct ResizeNearestKernel<T>(
    ArrayView<T> x, int height, int width, int channels, float rowScale, float columnScale, int resizedHeight, int resizedWidth,
    ArrayView<T> y) : IElementKernel
    where T : unmanaged
{
    public void Write(ref KernelArguments to) =>
        to.Add(x).Add(height).Add(width).Add(channels).Add(rowScale).Add(columnScale).Add(resizedHeight).Add(resizedWidth).Add(y);

    public void Run(int index)
    {
        int pixel = index / channels, channel = index - pixel * channels;
        int line = pixel / resizedWidth, column = pixel - line * resizedWidth;
        int sample = line / resizedHeight, row = line - sample * resizedHeight;
        int sourceRow = (int)(row * rowScale), sourceColumn = (int)(column * columnScale);
        if (sourceRow >= height) sourceRow = height - 1;
        if (sourceColumn >= width) sourceColumn = width - 1;
        y[index] = x[((sample * height + sourceRow) * width + sourceColumn) * channels + channel];
    }
}

/// <summary>Pixel blocks to channels: <paramref name="width"/> and <paramref name="channels"/> are those of x.</summary>
readonly struct SpaceToDepthKernel<T>(ArrayView<T> x, int width, int channels, int factor, ArrayView<T> y) : IElementKernel
    where T : unmanaged
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(width).Add(channels).Add(factor).Add(y);

    public void Run(int index)
    {
        int area = factor * factor, depth = channels * area, blocks = width / factor;
        int block = index / depth, rest = index - block * depth;
        int channel = rest / area, inside = rest - channel * area;
        int dy = inside / factor, dx = inside - dy * factor;
        int blockRow = block / blocks, blockColumn = block - blockRow * blocks;
        y[index] = x[((blockRow * factor + dy) * width + blockColumn * factor + dx) * channels + channel];
    }
}

/// <summary>Channels to pixel blocks: <paramref name="width"/> and <paramref name="channels"/> are those of y.</summary>
readonly struct DepthToSpaceKernel<T>(ArrayView<T> x, int width, int channels, int factor, ArrayView<T> y) : IElementKernel
    where T : unmanaged
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(width).Add(channels).Add(factor).Add(y);

    public void Run(int index)
    {
        int area = factor * factor, blocks = width / factor;
        int pixel = index / channels, channel = index - pixel * channels;
        int row = pixel / width, column = pixel - row * width;
        int blockRow = row / factor, dy = row - blockRow * factor;
        int blockColumn = column / factor, dx = column - blockColumn * factor;
        y[index] = x[((blockRow * blocks + blockColumn) * channels + channel) * area + dy * factor + dx];
    }
}
