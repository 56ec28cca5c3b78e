using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class SizeTests : IDisposable
{
    readonly CpuBackend _backend = CpuBackend.Create();

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(2.0, null, null, FitMode.Inside, 80, 60)]
    [InlineData(3.3, null, null, FitMode.Inside, 132, 99)]
    [InlineData(0.5, null, null, FitMode.Inside, 20, 15)]
    [InlineData(6.0, null, null, FitMode.Inside, 240, 180)]
    [InlineData(null, 100, null, FitMode.Inside, 100, 75)]
    [InlineData(null, null, 60, FitMode.Inside, 80, 60)]
    [InlineData(null, 100, 100, FitMode.Inside, 100, 75)]
    [InlineData(null, 100, 100, FitMode.Cover, 100, 100)]
    [InlineData(null, 100, 30, FitMode.Stretch, 100, 30)]
    [InlineData(null, null, null, FitMode.Stretch, 160, 120)]
    public void The_result_has_the_size_that_was_asked_for(double? scale, int? width, int? height, FitMode fit, int expectedWidth, int expectedHeight)
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var options = new UpscaleOptions { Scale = scale, Width = width, Height = height, Fit = fit };
        var plan = resolver.Plan(40, 30, options);
        Assert.Equal((expectedWidth, expectedHeight), (plan.OutputWidth, plan.OutputHeight));
        foreach (int channels in (int[])[3, 4])
        {
            var large = resolver.Upscale(TestPictures.Make(40, 30, channels), options);
            Assert.Equal((expectedWidth, expectedHeight, channels), (large.Width, large.Height, large.Channels));
        }
    }

    [Fact]
    public void Another_scale_is_the_models_result_resized_as_a_whole()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(61, 150);
        var whole = Resizer.Resize(resolver.Upscale(source), 122, 300, ResizeFilter.Lanczos);
        TestPictures.AssertSame(whole, resolver.Upscale(source, new() { Scale = 2 }));
        var tall = Resizer.Resize(resolver.Upscale(source), 305, 750, ResizeFilter.Lanczos);
        TestPictures.AssertSame(tall, resolver.Upscale(source, new() { Scale = 5 }));
    }

    [Fact]
    public void Covering_a_box_cuts_the_middle_out()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        var source = TestPictures.Make(60, 30);
        var whole = resolver.Upscale(source, new() { Height = 90 });
        var cut = resolver.Upscale(source, new() { Width = 100, Height = 90, Fit = FitMode.Cover });
        for (int y = 0; y < 90; y++) Assert.Equal(whole.Row(y).Slice(40 * 3, 300), cut.Row(y));
    }

    [Fact]
    public void Far_larger_scales_go_through_the_model_twice()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        Assert.Equal(1, resolver.Plan(20, 20, new() { Scale = 6 }).Passes);
        var plan = resolver.Plan(20, 20, new() { Scale = 6.1 });
        Assert.Equal((2, 320, 320), (plan.Passes, plan.ModelWidth, plan.ModelHeight));
        var source = TestPictures.Make(20, 20, 3, 16);
        TestPictures.AssertSame(resolver.Upscale(resolver.Upscale(source)), resolver.Upscale(source, new() { Scale = 16 }));
    }

    [Fact]
    public void Sizes_that_contradict_one_another_or_cannot_be_are_refused()
    {
        using var resolver = TestModels.Load(TestModels.Residual, _backend);
        UpscaleOptions[] wrong =
        [
            new() { Scale = 2, Width = 10 }, new() { Scale = 0 }, new() { Scale = double.NaN }, new() { Scale = double.PositiveInfinity },
                new() { Scale = -1 }, new() { Scale = 1e9 },
            new() { Width = 0 }, new() { Height = -5 }, new() { Width = int.MaxValue }, new() { Tile = 10 }, new() { Overlap = -1 },
                new() { Overlap = 400 }, new() { Steps = 2 }, new() { Steps = 0 },
            new() { Guidance = 3 }, new() { Prompt = new Prompt() }, new() { MemoryBudget = 0 },
        ];
        foreach (var options in wrong) Assert.ThrowsAny<ArgumentException>(() => resolver.Plan(40, 30, options));
        Assert.ThrowsAny<ArgumentException>(() => resolver.Plan(0, 30));
    }
}
