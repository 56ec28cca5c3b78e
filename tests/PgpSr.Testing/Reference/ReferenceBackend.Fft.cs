using System.Numerics;
using PgpSr.Tensors;

namespace PgpSr.Testing;

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override unsafe void RealFft2d(Tensor x, Tensor spectrum)
    {
        int height = x.Shape[1], width = x.Shape[2], channels = x.Shape[3], half = width / 2 + 1;
        float* from = ReferenceBuffer.Floats(x), to = ReferenceBuffer.Floats(spectrum);
        var alongWidth = Roots(width, -1);
        var alongHeight = Roots(height, -1);
        ForEach((long)x.Shape[0] * channels, item =>
        {
            long n = item / channels, c = item % channels;
            var rows = new Complex[height * half];
            for (int row = 0; row < height; row++)
            {
                for (int k = 0; k < half; k++)
                {
                    Complex sum = 0;
                    for (int column = 0; column < width; column++)
                        sum += from[((n * height + row) * width + column) * channels + c] * alongWidth[(long)k * column % width];
                    rows[row * half + k] = sum;
                }
            }
            for (int l = 0; l < height; l++)
            {
                for (int k = 0; k < half; k++)
                {
                    Complex sum = 0;
                    for (int row = 0; row < height; row++) sum += rows[row * half + k] * alongHeight[(long)l * row % height];
                    long at = ((n * height + l) * half + k) * 2 * channels + c;
                    to[at] = (float)sum.Real;
                    to[at + channels] = (float)sum.Imaginary;
                }
            }
        });
    }

    /// <inheritdoc/>
    public override unsafe void InverseRealFft2d(Tensor spectrum, Tensor y)
    {
        int height = y.Shape[1], width = y.Shape[2], channels = y.Shape[3], half = width / 2 + 1;
        float* from = ReferenceBuffer.Floats(spectrum), to = ReferenceBuffer.Floats(y);
        var alongWidth = Roots(width, 1);
        var alongHeight = Roots(height, 1);
        ForEach((long)y.Shape[0] * channels, item =>
        {
            long n = item / channels, c = item % channels;
            var rows = new Complex[height * half];
            for (int row = 0; row < height; row++)
            {
                for (int k = 0; k < half; k++)
                {
                    Complex sum = 0;
                    for (int l = 0; l < height; l++)
                    {
                        long at = ((n * height + l) * half + k) * 2 * channels + c;
                        sum += new Complex(from[at], from[at + channels]) * alongHeight[(long)l * row % height];
                    }
                    rows[row * half + k] = sum;
                }
            }
            for (int row = 0; row < height; row++)
            {
                for (int column = 0; column < width; column++)
                {
                    // Column k stands for itself and for its mirror image W-k, except DC and, if W is even, Nyquist.
                    double sum = 0;
                    for (int k = 0; k < half; k++)
                    {
                        double part = (rows[row * half + k] * alongWidth[(long)k * column % width]).Real;
                        if (k == 0 || 2 * k == width) part = rows[row * half + k].Real * alongWidth[(long)k * column % width].Real;
                        else part *= 2;
                        sum += part;
                    }
                    to[((n * height + row) * width + column) * channels + c] = (float)(sum / height / width);
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void PhaseExchange(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        using Tensor uSpectrum = CreateTensor(Workspace.SpectrumShape(u.Shape)), vSpectrum = CreateTensor(Workspace.SpectrumShape(v.Shape));
        RealFft2d(u, uSpectrum);
        RealFft2d(v, vSpectrum);
        ExchangePhases(uSpectrum, vSpectrum, uSpectrum, vSpectrum);
        InverseRealFft2d(uSpectrum, exchangedU);
        InverseRealFft2d(vSpectrum, exchangedV);
    }

    /// <inheritdoc/>
    public override unsafe void ExchangePhases(Tensor u, Tensor v, Tensor exchangedU, Tensor exchangedV)
    {
        float* fromU = ReferenceBuffer.Floats(u), fromV = ReferenceBuffer.Floats(v), toU = ReferenceBuffer.Floats(exchangedU),
            toV = ReferenceBuffer.Floats(exchangedV);
        int channels = u.Shape[-1];
        for (long row = 0; row < u.Shape.Rows / 2; row++)
        {
            for (int c = 0; c < channels; c++)
            {
                long at = row * 2 * channels + c;
                var a = new Complex(fromU[at], fromU[at + channels]);
                var b = new Complex(fromV[at], fromV[at + channels]);
                double sizeA = a.Magnitude, sizeB = b.Magnitude;
                Complex newA = sizeA * (sizeB == 0 ? 1 : b / sizeB), newB = sizeB * (sizeA == 0 ? 1 : a / sizeA);
                toU[at] = (float)newA.Real;
                toU[at + channels] = (float)newA.Imaginary;
                toV[at] = (float)newB.Real;
                toV[at + channels] = (float)newB.Imaginary;
            }
        }
    }

    // exp(sign * 2 pi i k / n) for k = 0 .. n-1.
    static Complex[] Roots(int n, int sign) => [.. Enumerable.Range(0, n).Select(k => Complex.FromPolarCoordinates(1, sign * Math.Tau * k / n))];
}
