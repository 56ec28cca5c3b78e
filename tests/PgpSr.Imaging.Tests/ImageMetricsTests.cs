using System.Numerics;

namespace PgpSr.Imaging.Tests;

public sealed class ImageMetricsTests
{
    [Fact]
    public void Equal_pictures_are_perfect()
    {
        foreach (int depth in (int[])[8, 16])
        {
            Image image = Pictures.Make(50, 40, 3, depth);
            Assert.Equal(double.PositiveInfinity, ImageMetrics.Psnr(image, image));
            Assert.Equal(double.PositiveInfinity, ImageMetrics.PsnrLuma(image, image, 4));
            Assert.Equal(1, ImageMetrics.SsimLuma(image, image), 1e-12);
            Assert.Equal(0, ImageMetrics.PhaseError(image, image), 1e-9);
        }
    }

    [Fact]
    public void Depths_are_measured_on_one_scale()
    {
        Image a = Pictures.Make(50, 40, 3, 8), b = Pictures.Make(50, 40, 3, 8, seed: 2);
        Image Wide(Image image) => Pictures.Decode(Pictures.Encode(image, ImageFormat.Png, new() { BitDepth = 16 }));
        Assert.Equal(ImageMetrics.Psnr(a, b), ImageMetrics.Psnr(Wide(a), Wide(b)), 1e-9);
        Assert.Equal(ImageMetrics.SsimLuma(a, b), ImageMetrics.SsimLuma(a, Wide(b)), 1e-9);
    }

    [Fact]
    public void A_difference_of_one_everywhere_has_the_PSNR_of_the_formula()
    {
        Image a = new(10, 10, 3), b = new(10, 10, 3);
        b.Bytes.Fill(1);
        Assert.Equal(20 * Math.Log10(255), ImageMetrics.Psnr(a, b), 1e-12);
        Assert.Equal(20 * Math.Log10(255 / (219 / 255.0)), ImageMetrics.PsnrLuma(a, b), 1e-9);
    }

    [Fact]
    public void Phase_error_of_a_shift_is_its_phase_ramp()
    {
        // One wave of 4 periods along x, shifted by 2 of 64 columns: 2 pi * 4 * 2 / 64 = pi / 4, weighted against a mean whose phase is right.
        Image truth = new(64, 16, 1), shifted = new(64, 16, 1);
        for (int i = 0; i < truth.Bytes.Length; i++)
        {
            truth.Bytes[i] = (byte)Math.Round(128 + 100 * Math.Cos(2 * Math.PI * 4 * (i % 64) / 64));
            shifted.Bytes[i] = (byte)Math.Round(128 + 100 * Math.Cos(2 * Math.PI * 4 * (i % 64 - 2) / 64));
        }
        // Amplitudes: mean of luma 16 + 128 * 219 / 255, and twice half of 100 * 219 / 255. Rounding to bytes adds a little noise.
        double mean = 16 + 128 * 219 / 255.0, wave = 100 * 219 / 255.0;
        Assert.Equal(Math.PI / 4 * wave / (wave + mean), ImageMetrics.PhaseError(shifted, truth), 0.01);
    }

    [Theory, InlineData(1, 1), InlineData(2, 3), InlineData(8, 16), InlineData(7, 12), InlineData(31, 33)]
    public void The_transform_is_the_sum_of_its_definition(int width, int height)
    {
        Random random = new(3);
        Complex[] data = [.. Enumerable.Range(0, width * height).Select(_ => new Complex(random.NextDouble(), random.NextDouble()))];
        Complex[] fast = (Complex[])data.Clone();
        Fft.Transform2d(fast, width, height);
        for (int v = 0; v < height; v++)
            for (int u = 0; u < width; u++)
            {
                Complex sum = 0;
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++)
                        sum += data[y * width + x] * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((double)u * x / width + (double)v * y / height));
                Assert.True((sum - fast[v * width + u]).Magnitude < 1e-12 * width * height + 1e-12);
            }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Image image = Pictures.Make(20, 20, 3, 8);
        Assert.Throws<ArgumentException>(() => ImageMetrics.Psnr(image, Pictures.Make(20, 21, 3, 8)));
        Assert.Throws<ArgumentException>(() => ImageMetrics.SsimLuma(image, image, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageMetrics.PsnrLuma(image, image, 10));
    }
}
