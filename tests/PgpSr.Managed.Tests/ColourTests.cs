using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class ColourTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void The_wavelet_fix_strip_by_strip_is_the_one_over_the_whole_picture()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(70, 160, 3, 16);
        Image plain = resolver.Upscale(source), actual = resolver.Upscale(source, new() { ColourFix = ColourFixMethod.Wavelet, Tile = 64 });
        plain = resolver.Upscale(source, new() { Tile = 64 });
        float[] result = Singles(plain), reference = Enlarged(source, plain);
        ColourFix.Wavelet(result, reference, plain.Width, plain.Height, 3);
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
        Image without = resolver.Upscale(source, options), with = resolver.Upscale(source, options with { ColourFix = ColourFixMethod.AdaIn });
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
    public void Small_models_keep_the_colours_without_any_fix()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(64, 64);
        Assert.Equal(ColourFixMethod.None, resolver.Plan(64, 64).ColourFix);
        float[] result = Singles(resolver.Upscale(source)), reference = Singles(source);
        for (int c = 0; c < 3; c++)
        {
            double fine = 0, coarse = 0;
            for (int i = c; i < result.Length; i += 3) fine += result[i] / (result.Length / 3.0);
            for (int i = c; i < reference.Length; i += 3) coarse += reference[i] / (reference.Length / 3.0);
            // One grey level.
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
