namespace PgpSr.Imaging.Tests;

public sealed class ImageSharpnessTests
{
    static Image Gray(int width, int height, Func<int, int, double> value)
    {
        Image image = new(width, height, 1, 16);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) image.Words[y * width + x] = (ushort)Math.Round(Math.Clamp(value(x, y), 0, 255) * 257);
        return image;
    }

    [Theory, InlineData(1.5), InlineData(2.5)]
    public void A_blurred_step_is_sigma_times_the_root_of_two_pi_wide(double sigma)
    {
        Image step = Gray(64, 20, (x, _) => 60 + 120 * Cumulative((x - 32) / sigma));
        // The slope is a central difference, the Gaussian averaged over two pixels; of the rise, what lies within 8 pixels; samples are rounded to
        // 1/257 of a level.
        double rise = Cumulative(8 / sigma) - Cumulative(-8 / sigma), slope = (Cumulative(1 / sigma) - Cumulative(-1 / sigma)) / 2;
        Assert.Equal(rise / slope, ImageSharpness.EdgeWidth(step), 0.01);
        Assert.Equal(sigma * Math.Sqrt(2 * Math.PI), rise / slope, 0.4);
    }

    // Integral of the normal density by its definition.
    static double Cumulative(double z)
    {
        double sum = 0;
        const double Step = 0.001;
        for (double t = -8; t < z; t += Step) sum += Math.Exp(-(t + Step / 2) * (t + Step / 2) / 2) * Step;
        return sum / Math.Sqrt(2 * Math.PI);
    }

    [Fact]
    public void A_wave_above_the_limit_counts_with_its_effective_value_and_one_below_not_at_all()
    {
        // 16 columns of 64 periods: 0.25 cycles a pixel, above 0.125 (scale 4) and not above 0.25 (scale 2).
        Image wave = Gray(64, 64, (x, _) => 128 + 100 * Math.Cos(2 * Math.PI * 16 * x / 64));
        double effective = 100 / Math.Sqrt(2) * 219 / 255;
        Assert.Equal(effective, ImageSharpness.Detail(wave, 4), effective * 0.01);
        // Window leakage of a Hann window beyond two bins is none.
        Assert.True(ImageSharpness.Detail(Gray(64, 64, (x, _) => 128 + 100 * Math.Cos(2 * Math.PI * 4 * x / 64)), 4) < effective * 0.01);
    }

    [Fact]
    public void Enlarging_loses_detail_and_widens_edges_and_noise_brings_only_detail_back()
    {
        Image truth = Gray(192, 160, (x, y) => 90 + ((x / 23 + y / 19) % 2 * 70) + 12 * Math.Sin(x * 1.9) * Math.Sin(y * 2.1));
        Image small = Resizer.Resize(truth, 48, 40, ResizeFilter.Bicubic);
        Image large = Resizer.Resize(small, 192, 160, ResizeFilter.Bicubic);
        Random random = new(5);
        Image noisy = Gray(192, 160, (x, y) =>
            large.Words[y * 192 + x] / 257.0 + 8 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        Assert.True(ImageSharpness.Detail(large, 4, 4) < ImageSharpness.Detail(truth, 4, 4) / 2);
        Assert.True(ImageSharpness.Detail(noisy, 4, 4) > ImageSharpness.Detail(large, 4, 4) * 2);
        double blurred = ImageSharpness.EdgeWidth(large, 4);
        Assert.True(blurred > ImageSharpness.EdgeWidth(truth, 4) * 1.5);
        // Taking the steepest places favors noise a little: 11 % here, where the truth's edges are 59 % narrower.
        Assert.True(ImageSharpness.EdgeWidth(noisy, 4) > blurred * 0.85);
    }

    [Fact]
    public void A_flat_picture_has_neither()
    {
        Image flat = Gray(40, 30, (_, _) => 77);
        Assert.Equal(0, ImageSharpness.Detail(flat, 2), 1e-9);
        Assert.Equal(0, ImageSharpness.EdgeWidth(flat));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSharpness.Detail(flat, 1));
    }
}
