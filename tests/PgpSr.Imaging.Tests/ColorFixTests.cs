namespace PgpSr.Imaging.Tests;

public sealed class ColorFixTests
{
    static float[] Noise(int count, int seed, float scale, float offset)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * scale + offset)];
    }

    [Fact]
    public void AdaIN_gives_mean_and_deviation_of_the_reference_also_from_pieces()
    {
        float[] image = Noise(3 * 5000, 1, 0.3f, 0.5f), reference = Noise(3 * 900, 2, 0.8f, 0.1f), whole = (float[])image.Clone();
        ColorFix.AdaIn(whole, reference, 3);
        for (int c = 0; c < 3; c++)
        {
            ChannelStatistics own = new(), wanted = new(), after = new();
            foreach (float[] piece in image.Chunk(3 * 137)) own.Add(piece, c, 3);
            wanted.Add(reference, c, 3);
            after.Add(whole, c, 3);
            Assert.Equal(wanted.Mean, after.Mean, 1e-6);
            // The floor of 1e-5 in the variance, amplified by the gain, is what keeps it from being equal.
            Assert.Equal(wanted.Deviation, after.Deviation, 1e-3);
            float[] pieces = (float[])image.Clone();
            ColorFix.AdaIn(pieces, own, wanted, c, 3);
            for (int i = c; i < pieces.Length; i += 3) Assert.Equal(whole[i], pieces[i], 1e-6);
        }
    }

    [Fact]
    public void A_constant_channel_stays_finite()
    {
        float[] image = new float[300];
        ColorFix.AdaIn(image, Noise(300, 3, 1, 0), 3);
        Assert.All(image, x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void Wavelet_takes_low_frequencies_and_keeps_high_ones()
    {
        const int Side = 96;
        float[] image = new float[Side * Side], reference = new float[Side * Side];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = 0.2f + (i % 2 == 0 ? 0.1f : -0.1f);
            reference[i] = 0.7f;
        }
        ColorFix.Wavelet(image, reference, Side, Side, 1);
        for (int i = 0; i < image.Length; i++)
            if (i % Side is > 31 and < 64) Assert.Equal(0.7 + (i % 2 == 0 ? 0.1 : -0.1), image[i], 1e-5);
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Wavelet_agrees_with_the_decomposition_it_is_derived_from(int channels)
    {
        foreach ((int width, int height) in ((int, int)[])[(1, 1), (5, 40), (70, 50), (33, 3)])
        {
            float[] image = Noise(width * height * channels, 4, 1, 0), reference = Noise(width * height * channels, 5, 1, 0),
                actual = (float[])image.Clone();
            ColorFix.Wavelet(actual, reference, width, height, channels);
            double[] low = [.. image.Select(x => (double)x)], high = new double[low.Length], other = [.. reference.Select(x => (double)x)];
            for (int level = 0; level < 5; level++)
            {
                double[] blurred = Blur(low, width, height, channels, 1 << level);
                for (int i = 0; i < high.Length; i++) high[i] += low[i] - blurred[i];
                low = blurred;
                other = Blur(other, width, height, channels, 1 << level);
            }
            // Ten passes of four additions on values up to 1.
            for (int i = 0; i < actual.Length; i++) Assert.Equal(high[i] + other[i], actual[i], 40.0 / (1 << 24));
        }
    }

    static double[] Blur(double[] source, int width, int height, int channels, int distance)
    {
        double[] result = new double[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            int c = i % channels, x = i / channels % width, y = i / channels / width;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                {
                    int sx = Math.Clamp(x + dx * distance, 0, width - 1), sy = Math.Clamp(y + dy * distance, 0, height - 1);
                    result[i] += source[(sy * width + sx) * channels + c] * (2 - Math.Abs(dx)) * (2 - Math.Abs(dy)) / 16;
                }
        }
        return result;
    }

    [Fact]
    public void A_strip_with_its_halo_is_the_rows_of_the_whole()
    {
        const int Width = 40, Height = 200, First = 90, Count = 20, Halo = ColorFix.WaveletHalo;
        float[] image = Noise(Width * Height, 6, 1, 0), reference = Noise(Width * Height, 7, 1, 0), whole = (float[])image.Clone();
        ColorFix.Wavelet(whole, reference, Width, Height, 1);
        Range rows = ((First - Halo) * Width)..((First + Count + Halo) * Width);
        float[] strip = image[rows];
        ColorFix.Wavelet(strip, reference[rows], Width, Count + 2 * Halo, 1);
        Assert.Equal(whole[(First * Width)..((First + Count) * Width)], strip[(Halo * Width)..((Halo + Count) * Width)]);
        Assert.NotEqual(whole[(First * Width - Width)..(First * Width)], strip[(Halo * Width - Width)..(Halo * Width)]);
    }
}
