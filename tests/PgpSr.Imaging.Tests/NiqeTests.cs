using System.Globalization;

namespace PgpSr.Imaging.Tests;

public sealed class NiqeTests
{
    const int Count = 200_000;

    static double[] Draw(Func<Random, double> value)
    {
        Random random = new(4);
        return [.. Enumerable.Range(0, Count).Select(_ => value(random))];
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static double Laplace(Random random) => -Math.Log(1 - random.NextDouble()) * (random.Next(2) == 0 ? -1 : 1);

    // The moments of 200,000 values are known to about half a percent, and the shape follows their ratio about six times as fast.
    [Fact]
    public void The_fit_finds_a_normal_and_a_Laplace_distribution()
    {
        AsymmetricGaussian normal = AsymmetricGaussian.Fit(Draw(r => 3 * Normal(r))), laplace = AsymmetricGaussian.Fit(Draw(r => 2 * Laplace(r)));
        Assert.Equal(2, normal.Shape, 0.05);
        // A normal distribution's scale is sigma times the root of two.
        Assert.Equal(3 * Math.Sqrt(2), normal.Left, 0.1);
        Assert.Equal(3 * Math.Sqrt(2), normal.Right, 0.1);
        Assert.Equal(1, laplace.Shape, 0.03);
        Assert.Equal(2, laplace.Left, 0.1);
    }

    [Fact]
    public void The_fit_has_the_values_mean()
    {
        // Each side has a share of the values as large as its scale's.
        double[] values = Draw(r => r.Next(3) < 2 ? 2 * Math.Abs(Normal(r)) : -Math.Abs(Normal(r)));
        Assert.Equal(values.Average(), AsymmetricGaussian.Fit(values).Mean, 0.02);
    }

    // Texture of all sizes, as photographs have it.
    static Image Texture(int seed, double noise = 0, int blur = 0)
    {
        const int Side = 384;
        Random random = new(seed);
        double[] sum = new double[Side * Side];
        for (int step = 64; step >= 1; step /= 2)
        {
            int side = Side / step;
            float[] coarse = [.. Enumerable.Range(0, side * side).Select(_ => (float)(Normal(random) * Math.Sqrt(step) * 4))];
            float[] fine = new float[Side * Side];
            Resizer.Resize(coarse, side, side, 1, Side, Side, ResizeFilter.Bicubic, fine);
            for (int i = 0; i < sum.Length; i++) sum[i] += fine[i];
        }
        Image image = new(Side, Side, 1);
        for (int i = 0; i < sum.Length; i++) image.Bytes[i] = (byte)Math.Clamp(Math.Round(128 + sum[i] + noise * Normal(random)), 0, 255);
        if (blur == 0) return image;
        return Resizer.Resize(Resizer.Resize(image, Side / blur, Side / blur, ResizeFilter.Bicubic), Side, Side, ResizeFilter.Bicubic);
    }

    [Fact]
    public void Blur_and_noise_are_farther_from_pristine_pictures_than_another_pristine_one()
    {
        NiqeModel model = NiqeModel.FromPristine(Enumerable.Range(0, 8).Select(seed => Texture(seed)));
        double pristine = Niqe.Score(Texture(99), model);
        Assert.True(pristine < Niqe.Score(Texture(99, noise: 20), model));
        Assert.True(pristine < Niqe.Score(Texture(99, blur: 4), model));
    }

    [Fact]
    public void A_written_model_is_read_with_its_seven_digits()
    {
        NiqeModel model = NiqeModel.FromPristine(Enumerable.Range(0, 8).Select(seed => Texture(seed)));
        StringWriter text = new(CultureInfo.InvariantCulture);
        model.Write(text);
        NiqeModel read = NiqeModel.Read(new StringReader(text.ToString()));
        Assert.Equal(Niqe.Score(Texture(99), model), Niqe.Score(Texture(99), read), 0.01);
    }

    [Fact]
    public void The_built_in_model_tells_blur()
    {
        double sharp = Niqe.Score(Texture(5));
        Assert.InRange(sharp, 0, 100);
        Assert.True(sharp < Niqe.Score(Texture(5, blur: 4)));
    }

    [Fact]
    public void A_picture_without_a_patch_or_without_texture_has_no_score()
    {
        Assert.True(double.IsNaN(Niqe.Score(new Image(95, 200, 1))));
        Assert.True(double.IsNaN(Niqe.Score(new Image(96, 96, 3))));
        Assert.True(double.IsNaN(Niqe.Score(new Image(96, 96, 3), shave: 2)));
    }

    [Fact]
    public void Something_else_is_no_model()
    {
        Assert.Throws<FormatException>(() => NiqeModel.Read(new StringReader("1 2 3")));
        Assert.Throws<FormatException>(() => NiqeModel.Read(new StringReader(string.Join(' ', Enumerable.Repeat("x", 36)))));
    }
}
