using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class ColorTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    // The limit of an array would be reached at 715 million pixels.
    [Fact]
    public void Statistics_over_the_whole_picture_have_no_limit_of_pixels()
    {
        var reference = new EnlargedReference(TestPictures.Make(30, 20), 40_000, 20_000);
        int rows = 0;
        var stage = new AdaInRows(reference, null, part => rows += part.Length / (3 * 40_000), CancellationToken.None);
        float[] strip = new float[3 * 40_000 * 5];
        for (int i = 0; i < 4; i++) stage.Write(strip);
        Assert.Equal(0, rows); // 19,980 are still to come
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(150)]
    public void Statistics_over_the_whole_picture_do_not_depend_on_how_its_rows_come(int step)
    {
        const int width = 24, height = 150, row = 3 * width;
        var reference = new EnlargedReference(TestPictures.Make(12, 75), width, height);
        var random = new Random(9);
        float[] image = [.. Enumerable.Range(0, height * row).Select(_ => random.NextSingle() * 2 - 1)], wanted = new float[image.Length];
        reference.Read(0, wanted);
        float[] expected = [.. image.Select(v => v * 0.5f + 0.5f)];
        ColorFix.AdaIn(expected, wanted, 3);
        var result = new List<float>();
        var stage = new AdaInRows(reference, null, part => result.AddRange(part), CancellationToken.None);
        for (int y = 0; y < height; y += step) stage.Write(image.AsSpan(y * row, Math.Min(step, height - y) * row));
        // Sums in another order, and the way to [-1, 1] and back: a few roundings of numbers about 1.
        new Testing.Tolerance(1e-6, 1e-6).Assert("rows", [.. expected.Select(v => v * 2 - 1)], [.. result]);
    }

    [Fact]
    public void The_wavelet_fix_strip_by_strip_is_the_one_over_the_whole_picture()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(70, 160, 3, 16);
        Image plain = resolver.Upscale(source), actual = resolver.Upscale(source, new() { ColorFix = ColorFixMethod.Wavelet, Tile = 64 });
        plain = resolver.Upscale(source, new() { Tile = 64 });
        float[] result = Singles(plain), reference = Enlarged(source, plain);
        ColorFix.Wavelet(result, reference, plain.Width, plain.Height, 3);
        float[] got = Singles(actual);
        // The plain picture was rounded to 16 bits before, the fixed one once: half a step each, and the fix adds a mean of such errors.
        for (int i = 0; i < got.Length; i++) Assert.InRange(got[i] - Math.Clamp(result[i], 0, 1), -2f / 65535, 2f / 65535);
    }

    [Fact]
    public void The_adain_fix_gives_the_whole_picture_the_mean_and_deviation_of_the_source()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend, (name, values) => name == "conv_out.bias" ? [.. values.Select(_ => 0.2f)] : TestModels.Quiet(name, values));
        var source = TestPictures.Make(100, 80, 3, 16);
        var options = new UpscaleOptions { Tile = 64 };
        Image without = resolver.Upscale(source, options), with = resolver.Upscale(source, options with { ColorFix = ColorFixMethod.AdaIn });
        float[] reference = Enlarged(source, with);
        for (int c = 0; c < 3; c++)
        {
            ChannelStatistics Of(float[] samples)
            {
                var statistics = new ChannelStatistics();
                statistics.Add(samples, c, 3);
                return statistics;
            }
            var (wanted, shifted, got) = (Of(reference), Of(Singles(without)), Of(Singles(with)));
            Assert.True(Math.Abs(shifted.Mean - wanted.Mean) > 0.05);
            // Clamping to black and white moves both a little.
            Assert.InRange(got.Mean - wanted.Mean, -0.003, 0.003);
            Assert.InRange(got.Deviation / wanted.Deviation, 0.99, 1.01);
        }
    }

    [Fact]
    public void Small_models_keep_the_colors_without_any_fix()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(64, 64);
        Assert.Equal(ColorFixMethod.None, resolver.Plan(64, 64).ColorFix);
        float[] result = Singles(resolver.Upscale(source)), reference = Singles(source);
        for (int c = 0; c < 3; c++)
        {
            double fine = 0, coarse = 0;
            for (int i = c; i < result.Length; i += 3) fine += result[i] / (result.Length / 3.0);
            for (int i = c; i < reference.Length; i += 3) coarse += reference[i] / (reference.Length / 3.0);
            // One gray level.
            Assert.InRange(fine - coarse, -1 / 255.0, 1 / 255.0);
        }
    }

    static float[] Singles(Image image)
    {
        float[] samples = new float[image.Width * image.Height * 3];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.ZeroToOne, 3, samples);
        return samples;
    }

    static float[] Enlarged(Image source, Image size)
    {
        float[] enlarged = new float[size.Width * size.Height * 3];
        Resizer.Resize(Singles(source), source.Width, source.Height, 3, size.Width, size.Height, ResizeFilter.Bicubic, enlarged);
        return enlarged;
    }
}
