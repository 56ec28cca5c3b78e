using System.Numerics;

namespace PgpSr.Imaging;

/// <summary>
/// Sharpness without a reference, as two numbers that no single fault can raise together. <see cref="Detail"/> is what lies above the frequencies the
/// input could hold: interpolation leaves it at nearly nothing, restored texture raises it, and so does noise. <see cref="EdgeWidth"/> is how steep
/// contours are: noise hardly narrows them. A picture is sharper when it has more detail and no wider edges; the same numbers of a true photograph
/// say how much is natural, and more detail than the truth's is noise or ringing. Samples count on a scale of 0 to 255, whatever the depth.
/// </summary>
static class ImageSharpness
{
    // Edges enlarged four times by a cubic measure 5 pixels and have run their course within 8 on either side; a longer reach takes in neighboring
    // edges.
    const int Reach = 8;

    // Sobel edges are commonly cut at four times the mean squared gradient (Pratt, Digital Image Processing; MATLAB's default).
    const double EdgeThreshold = 4;

    /// <summary>
    /// Root mean square of luma's band above the Nyquist frequency of a picture <paramref name="scale"/> times smaller, under a Hann window, in
    /// levels of 255.
    /// </summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="scale">How much the picture was enlarged; over 1.</param>
    /// <param name="shave">Pixels ignored along every border.</param>
    public static double Detail(Image image, double scale, int shave = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(scale, 1);
        double[] luma = ImageMetrics.ShavedLuma(image, shave, out int width, out int height);
        double mean = 0;
        foreach (double y in luma) mean += y / luma.Length;
        double[] columns = Hann(width), rows = Hann(height);
        Complex[] spectrum = new Complex[luma.Length];
        double window = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                double w = rows[y] * columns[x];
                window += w * w;
                spectrum[y * width + x] = w * (luma[y * width + x] - mean);
            }
        Fft.Transform2d(spectrum, width, height);
        double limit = 0.5 / scale, energy = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                if (Frequency(x, width) > limit || Frequency(y, height) > limit)
                {
                    Complex s = spectrum[y * width + x];
                    energy += s.Real * s.Real + s.Imaginary * s.Imaginary;
                }
        // Parseval: the spectrum's energy is N times the windowed samples'.
        return Math.Sqrt(energy / luma.Length / window);
    }

    /// <summary>
    /// Mean width of luma's edges in pixels, 0 where there are none: at every strong local maximum of the gradient along rows and columns, the rise
    /// within 8 pixels each way divided by the steepest slope. A step blurred by a Gaussian measures sigma times sqrt(2 pi). After Marziliano et al.
    /// 2002 (a perceptual blur metric), whose monotonous runs noise would cut short; a rise over a fixed reach only grows with it.
    /// </summary>
    /// <param name="image">The picture to measure.</param>
    /// <param name="shave">Pixels ignored along every border.</param>
    public static double EdgeWidth(Image image, int shave = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        double[] luma = ImageMetrics.ShavedLuma(image, shave, out int width, out int height);
        double widths = 0;
        long count = 0;
        GatherEdges(luma, height, width, width, 1, ref widths, ref count);
        GatherEdges(luma, width, height, 1, width, ref widths, ref count);
        return count > 0 ? widths / count : 0;
    }

    static double[] Hann(int length)
    {
        double[] window = new double[length];
        for (int i = 0; i < length; i++) window[i] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / length);
        return window;
    }

    // In cycles per pixel, 0 to 0.5.
    static double Frequency(int i, int length) => (double)Math.Min(i, length - i) / length;

    static void GatherEdges(double[] luma, int lines, int length, int lineStep, int step, ref double widths, ref long count)
    {
        double[] slopes = new double[length];
        double threshold = 0;
        for (int line = 0; line < lines; line++)
        {
            Slopes(luma, line * lineStep, step, slopes);
            foreach (double slope in slopes) threshold += slope * slope;
        }
        threshold = Math.Sqrt(EdgeThreshold * threshold / luma.Length);
        for (int line = 0; line < lines; line++)
        {
            int start = line * lineStep;
            Slopes(luma, start, step, slopes);
            for (int i = Reach; i < length - Reach; i++)
            {
                double slope = Math.Abs(slopes[i]);
                if (slope == 0 || slope < threshold || slope <= Math.Abs(slopes[i - 1]) || slope < Math.Abs(slopes[i + 1])) continue;
                double low = double.MaxValue, high = double.MinValue;
                for (int j = i - Reach; j <= i + Reach; j++)
                {
                    low = Math.Min(low, luma[start + j * step]);
                    high = Math.Max(high, luma[start + j * step]);
                }
                widths += (high - low) / slope;
                count++;
            }
        }
    }

    // Central differences, per pixel.
    static void Slopes(double[] luma, int start, int step, double[] slopes)
    {
        for (int i = 1; i < slopes.Length - 1; i++) slopes[i] = (luma[start + (i + 1) * step] - luma[start + (i - 1) * step]) / 2;
    }
}
