using PgpSr.Cpu;
using PgpSr.Managed;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PgpSr.Imaging.ImageSharp.Tests;

public sealed class SuperResolutionTests
{
    static Imaging.Image Waves()
    {
        Imaging.Image image = new(24, 16, 3);
        for (int i = 0; i < image.Bytes.Length; i++) image.Bytes[i] = (byte)(128 + 100 * Math.Sin(i * 0.05));
        return image;
    }

    [Fact]
    public async Task A_picture_becomes_what_the_resolver_makes_of_it()
    {
        using CpuBackend backend = CpuBackend.Create();
        using SuperResolver resolver = SuperResolver.Load(backend);
        Imaging.Image source = Waves(), expected = await resolver.UpscaleAsync(source);
        using Image<Rgb24> small = source.ToImageSharp<Rgb24>();
        using Image<Rgb24> large = small.SuperResolve(resolver), later = await small.SuperResolveAsync(resolver);
        Assert.Equal((24 * resolver.Model.Scale, 16 * resolver.Model.Scale), (large.Width, large.Height));
        Assert.True(large.ToPgpSr().Bytes.SequenceEqual(expected.Bytes));
        Assert.True(later.ToPgpSr().Bytes.SequenceEqual(expected.Bytes));
        Assert.True(small.ToPgpSr().Bytes.SequenceEqual(source.Bytes));
    }

    [Fact]
    public async Task A_cancelled_run_says_so()
    {
        using CpuBackend backend = CpuBackend.Create();
        using SuperResolver resolver = SuperResolver.Load(backend);
        using Image<Rgb24> small = Waves().ToImageSharp<Rgb24>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            small.SuperResolveAsync(resolver, cancellation: new CancellationToken(canceled: true)));
    }
}
