using ILGPU;

namespace PgpSr.Gpu.Fourier;

// Transforms as plain sums over a table of roots of unity, [cos, sin] of 2 pi j / n: for lines too long for shared memory.

/// <summary>Rows of a map to half spectra: x [lines, n, channels], y [lines, n/2+1, 2, channels].</summary>
readonly struct DirectRowsForwardKernel<T>(ArrayView<T> x, int length, int channels, ArrayView<float> roots, ArrayView<float> y)
    : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(length).Add(channels).Add(roots).Add(y);

    public void Run(int index)
    {
        int bins = length / 2 + 1;
        int bin = index / channels, channel = index - bin * channels;
        int line = bin / bins, frequency = bin - line * bins;
        int source = line * length * channels + channel;
        float re = 0f, im = 0f;
        int root = 0;
        for (int i = 0; i < length; i++)
        {
            float value = x.Load(source);
            re += value * roots[2 * root];
            im -= value * roots[2 * root + 1];
            source += channels;
            root += frequency;
            if (root >= length) root -= length;
        }
        int destination = bin * 2 * channels + channel;
        y[destination] = re;
        y[destination + channels] = im;
    }
}

/// <summary>Columns of spectra [samples, n, bins, 2, channels] either way; sign is -1 forward, 1 inverse.</summary>
readonly struct DirectColumnsKernel(ArrayView<float> x, int length, int bins, int channels, float sign, ArrayView<float> roots, ArrayView<float> y)
    : IElementKernel
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(length).Add(bins).Add(channels).Add(sign).Add(roots).Add(y);

    public void Run(int index)
    {
        int place = index / channels, channel = index - place * channels;
        int line = place / bins, bin = place - line * bins;
        int sample = line / length, frequency = line - sample * length;
        int source = (sample * length * bins + bin) * 2 * channels + channel, stride = bins * 2 * channels;
        float re = 0f, im = 0f;
        int root = 0;
        for (int i = 0; i < length; i++)
        {
            float cos = roots[2 * root], sin = sign * roots[2 * root + 1];
            float xRe = x[source], xIm = x[source + channels];
            re += xRe * cos - xIm * sin;
            im += xRe * sin + xIm * cos;
            source += stride;
            root += frequency;
            if (root >= length) root -= length;
        }
        int destination = place * 2 * channels + channel;
        y[destination] = re;
        y[destination + channels] = im;
    }
}

/// <summary>Half spectra to rows of a map, scaled. Imaginary parts of the first and, for even lengths, the last bin are ignored.</summary>
readonly struct DirectRowsInverseKernel<T>(ArrayView<float> x, int length, int channels, float scale, ArrayView<float> roots, ArrayView<T> y)
    : IElementKernel
    where T : unmanaged, IElement<T>
{
    public void Write(ref KernelArguments to) => to.Add(x).Add(length).Add(channels).Add(scale).Add(roots).Add(y);

    public void Run(int index)
    {
        int bins = length / 2 + 1;
        int pixel = index / channels, channel = index - pixel * channels;
        int line = pixel / length, position = pixel - line * length;
        int source = line * bins * 2 * channels + channel;
        float sum = 0f;
        int root = position;
        for (int bin = 1; bin < bins; bin++)
        {
            int at = source + bin * 2 * channels;
            float part = x[at] * roots[2 * root];
            if (2 * bin != length) part = 2f * (part - x[at + channels] * roots[2 * root + 1]);
            sum += part;
            root += position;
            if (root >= length) root -= length;
        }
        y.Store(index, (x[source] + sum) * scale);
    }
}
