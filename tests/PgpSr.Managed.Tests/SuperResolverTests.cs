using PgpSr.Cpu;
using PgpSr.Imaging;

namespace PgpSr.Managed.Tests;

public sealed class SuperResolverTests
{
    [Fact]
    public void The_embedded_default_model_makes_a_picture_four_times_larger_that_is_near_the_bicubic_one()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SuperResolver.Load(backend);
        var source = new Image(40, 24, 3);
        for (int i = 0; i < source.Bytes.Length; i++) source.Bytes[i] = (byte)(128 + 100 * Math.Sin(i * 0.05));
        var large = resolver.Upscale(source);
        var bicubic = Resizer.Resize(source, 160, 96, ResizeFilter.Bicubic);
        Assert.Equal((160, 96, 3), (large.Width, large.Height, large.Channels));
        Assert.InRange(ImageMetrics.PsnrLuma(large, bicubic, 4), 20, 60);
    }
}
