using System.Numerics;

namespace PgpSr.Imaging;

/// <summary>
/// Gives a restored picture the colors of its (upscaled) input. Always over the whole picture, never per tile, for tiles corrected apart differ in
/// tone. Samples are in [0, 1], interleaved; a single plane is one channel. Results are not clamped.
/// </summary>
static class ColorFix
{
    /// <summary>Rows above and below a strip that <see cref="Wavelet"/> needs for the strip to come out as in the whole picture: 1 + 2 + 4 + 8 +
    /// 16.</summary>
    public const int WaveletHalo = (1 << WaveletLevels) - 1;

    const int WaveletLevels = 5;

    /// <summary>Applies a method in place.</summary>
    /// <param name="image">[height, width, channels].</param>
    /// <param name="reference">Of the same shape.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">Samples per pixel.</param>
    /// <param name="method">Which.</param>
    public static void Apply(Span<float> image, ReadOnlySpan<float> reference, int width, int height, int channels, ColorFixMethod method)
    {
        switch (method)
        {
            case ColorFixMethod.None:
                break;
            case ColorFixMethod.AdaIn:
                AdaIn(image, reference, channels);
                break;
            case ColorFixMethod.Wavelet:
                Wavelet(image, reference, width, height, channels);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(method), method, "no such method");
        }
    }

    /// <summary>Adaptive instance normalization (Huang and Belongie 2017, eq. 8) on pixels: (x - mean) / deviation * reference deviation + reference
    /// mean.</summary>
    public static void AdaIn(Span<float> image, ReadOnlySpan<float> reference, int channels)
    {
        if (image.Length % channels != 0 || reference.Length % channels != 0)
            Throw.Shape(nameof(reference), $"{image.Length} and {reference.Length} samples are not pixels of {channels} channels");
        for (int c = 0; c < channels; c++)
        {
            ChannelStatistics own = new(), wanted = new();
            own.Add(image, c, channels);
            wanted.Add(reference, c, channels);
            AdaIn(image, own, wanted, c, channels);
        }
    }

    /// <summary>As above with statistics gathered before, for every <paramref name="step"/>-th sample from <paramref name="first"/> on.</summary>
    /// <param name="samples">Changed in place.</param>
    /// <param name="own">Of the samples.</param>
    /// <param name="wanted">Of the reference.</param>
    /// <param name="first">The first sample.</param>
    /// <param name="step">Samples from one to the next.</param>
    /// <param name="floor">Whether both variances have 1e-5 added; without it samples that do not vary get the reference's mean.</param>
    public static void AdaIn(Span<float> samples, ChannelStatistics own, ChannelStatistics wanted, int first = 0, int step = 1, bool floor = true)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(wanted);
        double gain = floor ? wanted.Deviation / own.Deviation : own.PlainDeviation > 0 ? wanted.PlainDeviation / own.PlainDeviation : 0, mean = own.Mean, offset = wanted.Mean;
        for (int i = first; i < samples.Length; i += step) samples[i] = (float)((samples[i] - mean) * gain + offset);
    }

    /// <summary>
    /// Replaces low frequencies by the reference's. StableSR's decomposition takes five blurs of each picture with [1 2 1; 2 4 2; 1 2 1] / 16 at
    /// dilations 1 to 16, borders replicated, and adds the reference's last blur to what the five differences of the picture sum up to. Those
    /// telescope and blurring is linear, so that one chain of blurs of (reference - image), added to the image, is the same.
    /// </summary>
    public static void Wavelet(Span<float> image, ReadOnlySpan<float> reference, int width, int height, int channels)
    {
        long length = (long)width * height * channels;
        if (image.Length != length) Throw.SpanLength(nameof(image), length, image.Length);
        if (reference.Length != length) Throw.SpanLength(nameof(reference), length, reference.Length);
        float[] difference = new float[image.Length], between = new float[image.Length];
        for (int i = 0; i < difference.Length; i++) difference[i] = reference[i] - image[i];
        int rowLength = width * channels;
        for (int level = 0; level < WaveletLevels; level++)
        {
            int distance = 1 << level;
            RowBands.Run(height, rowLength, (first, count) =>
            {
                for (int y = first; y < first + count; y++)
                    BlurRow(difference.AsSpan(y * rowLength, rowLength), between.AsSpan(y * rowLength, rowLength), width, channels, distance);
            });
            RowBands.Run(height, rowLength, (first, count) =>
            {
                for (int y = first; y < first + count; y++)
                    Blend(between.AsSpan(Math.Max(y - distance, 0) * rowLength, rowLength), between.AsSpan(y * rowLength, rowLength),
                        between.AsSpan(Math.Min(y + distance, height - 1) * rowLength, rowLength), difference.AsSpan(y * rowLength, rowLength));
            });
        }
        for (int i = 0; i < difference.Length; i++) image[i] += difference[i];
    }

    static void BlurRow(ReadOnlySpan<float> row, Span<float> destination, int width, int channels, int distance)
    {
        int shift = distance * channels;
        if (2 * distance < width) Blend(row[..^(2 * shift)], row[shift..^shift], row[(2 * shift)..], destination[shift..^shift]);
        for (int x = 0; x < width; x++)
        {
            if (x == distance && 2 * distance < width) x = width - distance;
            int left = Math.Max(x - distance, 0) * channels, right = Math.Min(x + distance, width - 1) * channels;
            for (int c = 0; c < channels; c++) destination[x * channels + c] = Quarter(row[left + c], row[x * channels + c], row[right + c]);
        }
    }

    static float Quarter(float before, float middle, float after) => (before + after + 2 * middle) * 0.25f;

    static void Blend(ReadOnlySpan<float> before, ReadOnlySpan<float> middle, ReadOnlySpan<float> after, Span<float> destination)
    {
        int i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> m = new(middle[i..]);
            ((new Vector<float>(before[i..]) + new Vector<float>(after[i..]) + (m + m)) * 0.25f).CopyTo(destination[i..]);
        }
        for (; i < destination.Length; i++) destination[i] = Quarter(before[i], middle[i], after[i]);
    }
}
