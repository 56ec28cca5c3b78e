using ILGPU;

namespace PgpSr.Gpu;

// Transforms as plain sums over a table of roots of unity: [cos, sin] of 2 pi j / n.

/// <summary>Rows of a map to half spectra: x [lines, n, channels], y [lines, n/2+1, 2, channels].</summary>
readonly struct RealRowsKernel(ArrayView<float> x, int length, int channels, ArrayView<float> roots, ArrayView<float> y) : IElementKernel
{
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
            float value = x[source];
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
readonly struct ComplexColumnsKernel(ArrayView<float> x, int length, int bins, int channels, float sign, ArrayView<float> roots, ArrayView<float> y) : IElementKernel
{
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
readonly struct InverseRealRowsKernel(ArrayView<float> x, int length, int channels, float scale, ArrayView<float> roots, ArrayView<float> y) : IElementKernel
{
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
        y[index] = (x[source] + sum) * scale;
    }
}

/// <summary>Exchanges phases of bins [bins, 2, channels]; one thread for each pair of complex numbers.</summary>
readonly struct ExchangePhasesKernel(ArrayView<float> u, ArrayView<float> v, int channels, ArrayView<float> exchangedU, ArrayView<float> exchangedV) : IElementKernel
{
    public void Run(int index)
    {
        int bin = index / channels;
        int re = index + bin * channels, im = re + channels;
        float uRe = u[re], uIm = u[im], vRe = v[re], vIm = v[im];
        float uSize = Length(uRe, uIm), vSize = Length(vRe, vIm);
        float uScale = Larger(uRe, uIm), vScale = Larger(vRe, vIm);
        // Unit phases from parts divided by the larger of the two: exact to a few roundings down to subnormal numbers. Phase 0 for a zero.
        float uUnit = uSize / uScale, vUnit = vSize / vScale;
        float uPhaseRe = uSize == 0f ? 1f : uRe / uScale / uUnit, uPhaseIm = uSize == 0f ? 0f : uIm / uScale / uUnit;
        float vPhaseRe = vSize == 0f ? 1f : vRe / vScale / vUnit, vPhaseIm = vSize == 0f ? 0f : vIm / vScale / vUnit;
        exchangedU[re] = uSize * vPhaseRe;
        exchangedU[im] = uSize * vPhaseIm;
        exchangedV[re] = vSize * uPhaseRe;
        exchangedV[im] = vSize * uPhaseIm;
    }

    static float Larger(float re, float im)
    {
        float a = KernelMath.Abs(re), b = KernelMath.Abs(im);
        // A NaN in either stays.
        return a > b || float.IsNaN(a) ? a : b;
    }

    static float Length(float re, float im)
    {
        float larger = Larger(re, im);
        if (larger == 0f) return 0f;
        float a = re / larger, b = im / larger;
        return larger * KernelMath.Sqrt(a * a + b * b);
    }
}
