using System.Numerics;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// Full-reference quality measures. Both pictures have the same size; alpha is not looked at; samples count on a scale of 0 to 255, whatever the
/// depth.
/// </summary>
public static class ImageMetrics
{
    const double Peak = 255;

    // Wang et al. 2004: sigma 1.5; scikit-image cuts the Gaussian at 3.5 sigma, 5 pixels each way.
    const double SsimSigma = 1.5;
    const int SsimRadius = 5;
    const double SsimC1 = (0.01 * Peak) * (0.01 * Peak), SsimC2 = (0.03 * Peak) * (0.03 * Peak);

    /// <summary>Peak signal-to-noise ratio over all color samples, in dB; infinite for equal pictures.</summary>
    public static double Psnr(Image image, Image truth)
    {
        CheckPair(image, truth);
        double sum = 0;
        for (int c = 0; c < image.Info.ColorChannels; c++) sum += SquaredError(Channel(image, c), Channel(truth, c));
        return Decibels(sum / ((double)image.Width * image.Height * image.Info.ColorChannels));
    }

    /// <summary>Peak signal-to-noise ratio of luma (<see cref="Luma"/>), in dB.</summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="truth">The original.</param>
    /// <param name="shave">Pixels ignored along every border; papers use the scale.</param>
    public static double PsnrLuma(Image image, Image truth, int shave = 0)
    {
        (double[] a, double[] b, int width, int height) = LumaPair(image, truth, shave);
        return Decibels(SquaredError(a, b) / ((double)width * height));
    }

    /// <summary>
    /// Structural similarity of luma (Wang et al. 2004: Gaussian window of sigma 1.5, K 0.01 and 0.03, population covariance), the mean over pixels
    /// whose window lies inside the picture.
    /// </summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="truth">The original.</param>
    /// <param name="shave">Pixels ignored along every border.</param>
    public static double SsimLuma(Image image, Image truth, int shave = 0)
    {
        (double[] a, double[] b, int width, int height) = LumaPair(image, truth, shave);
        int window = 2 * SsimRadius + 1;
        if (width < window || height < window) Throw.Shape(nameof(image), $"SSIM needs {window}x{window} pixels or more, found {width}x{height}");
        double[] meanA = Blur(a, null, width, height), meanB = Blur(b, null, width, height);
        double[] squareA = Blur(a, a, width, height), squareB = Blur(b, b, width, height), product = Blur(a, b, width, height);
        double sum = 0;
        for (int i = 0; i < meanA.Length; i++)
        {
            double ma = meanA[i], mb = meanB[i];
            double varianceA = squareA[i] - ma * ma, varianceB = squareB[i] - mb * mb, covariance = product[i] - ma * mb;
            sum += (2 * ma * mb + SsimC1) * (2 * covariance + SsimC2) / ((ma * ma + mb * mb + SsimC1) * (varianceA + varianceB + SsimC2));
        }
        return sum / meanA.Length;
    }

    /// <summary>
    /// Phase error of luma in radians: the mean over all frequencies of the absolute wrapped difference between the spectra's phases, weighted by the
    /// truth's amplitude. 0 for equal pictures; noise against a picture gives about pi/2.
    /// </summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="truth">The original.</param>
    /// <param name="shave">Pixels ignored along every border.</param>
    public static double PhaseError(Image image, Image truth, int shave = 0)
    {
        (double[] a, double[] b, int width, int height) = LumaPair(image, truth, shave);
        // Two real pictures in one complex transform: A(k) = (Z(k) + conj Z(-k)) / 2, B(k) = (Z(k) - conj Z(-k)) / 2i.
        Complex[] z = new Complex[a.Length];
        for (int i = 0; i < z.Length; i++) z[i] = new(a[i], b[i]);
        Fft.Transform2d(z, width, height);
        double error = 0, weight = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                Complex here = z[y * width + x], opposite = Complex.Conjugate(z[(height - y) % height * width + (width - x) % width]);
                Complex spectrum = (here + opposite) / 2, wanted = (here - opposite) / new Complex(0, 2);
                Complex turn = spectrum * Complex.Conjugate(wanted);
                double amplitude = wanted.Magnitude;
                error += amplitude * Math.Abs(Math.Atan2(turn.Imaginary, turn.Real));
                weight += amplitude;
            }
        return weight > 0 ? error / weight : 0;
    }

    /// <summary>
    /// Luma of BT.601 in studio range, 16 to 235, not rounded: 16 + (65.481 R + 128.553 G + 24.966 B) / 255. Gray counts as equal R, G and B.
    /// </summary>
    public static double[] Luma(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        double[] red = Channel(image, 0);
        bool gray = image.Info.ColorChannels == 1;
        double[] green = gray ? red : Channel(image, 1), blue = gray ? red : Channel(image, 2);
        double[] luma = new double[red.Length];
        for (int i = 0; i < luma.Length; i++) luma[i] = 16 + (65.481 * red[i] + 128.553 * green[i] + 24.966 * blue[i]) / 255;
        return luma;
    }

    static void CheckPair(Image image, Image truth)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(truth);
        if (image.Width != truth.Width || image.Height != truth.Height || image.Info.ColorChannels != truth.Info.ColorChannels)
            Throw.Shape(nameof(truth), $"{image.Info} cannot be compared with {truth.Info}");
    }

    static (double[] A, double[] B, int Width, int Height) LumaPair(Image image, Image truth, int shave)
    {
        CheckPair(image, truth);
        double[] a = ShavedLuma(image, shave, out int width, out int height);
        return (a, ShavedLuma(truth, shave, out _, out _), width, height);
    }

    internal static double[] ShavedLuma(Image image, int shave, out int width, out int height)
    {
        width = image.Width - 2 * shave;
        height = image.Height - 2 * shave;
        if (shave < 0 || width <= 0 || height <= 0)
            throw new ArgumentOutOfRangeException(nameof(shave), shave, $"leaves nothing of {image.Width}x{image.Height} pixels");
        double[] plane = Luma(image);
        int stride = image.Width;
        if (shave == 0) return plane;
        double[] inner = new double[width * height];
        for (int y = 0; y < height; y++) plane.AsSpan((y + shave) * stride + shave, width).CopyTo(inner.AsSpan(y * width));
        return inner;
    }

    static double[] Channel(Image image, int channel)
    {
        double[] plane = new double[image.Width * image.Height];
        int step = image.Channels;
        if (image.BitDepth == 8)
        {
            ReadOnlySpan<byte> bytes = image.Bytes;
            for (int i = 0; i < plane.Length; i++) plane[i] = bytes[i * step + channel];
            return plane;
        }
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(image.Bytes);
        for (int i = 0; i < plane.Length; i++) plane[i] = words[i * step + channel] / 257.0;
        return plane;
    }

    static double SquaredError(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    static double Decibels(double meanSquare) => meanSquare == 0 ? double.PositiveInfinity : 10 * Math.Log10(Peak * Peak / meanSquare);

    // Gaussian window of x (times y), where it lies inside.
    static double[] Blur(double[] x, double[]? y, int width, int height)
    {
        double[] window = new double[2 * SsimRadius + 1];
        double sum = 0;
        for (int i = 0; i < window.Length; i++) sum += window[i] = Math.Exp(-(i - SsimRadius) * (i - SsimRadius) / (2 * SsimSigma * SsimSigma));
        for (int i = 0; i < window.Length; i++) window[i] /= sum;
        int innerWidth = width - 2 * SsimRadius, innerHeight = height - 2 * SsimRadius;
        double[] rows = new double[innerWidth * height];
        Parallel.For(0, height, r =>
        {
            Span<double> product = new double[width];
            for (int i = 0; i < width; i++) product[i] = y is null ? x[r * width + i] : x[r * width + i] * y[r * width + i];
            Convolve(product, 1, window, rows.AsSpan(r * innerWidth, innerWidth));
        });
        double[] result = new double[innerWidth * innerHeight];
        Parallel.For(0, innerHeight, r => Convolve(rows.AsSpan(r * innerWidth), innerWidth, window, result.AsSpan(r * innerWidth, innerWidth)));
        return result;
    }

    static void Convolve(ReadOnlySpan<double> source, int step, double[] window, Span<double> destination)
    {
        for (int t = 0; t < window.Length; t++)
        {
            ReadOnlySpan<double> shifted = source.Slice(t * step, destination.Length);
            Vector<double> weight = new(window[t]);
            int i = 0;
            for (; i <= destination.Length - Vector<double>.Count; i += Vector<double>.Count)
                (new Vector<double>(destination[i..]) + new Vector<double>(shifted[i..]) * weight).CopyTo(destination[i..]);
            for (; i < destination.Length; i++) destination[i] += shifted[i] * window[t];
        }
    }
}
