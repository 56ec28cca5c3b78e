using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.CommandLine.Tests.Readme;

/// <summary>
/// The C# of the repository's README, line by line: each part between two "README" comments is one of its samples. Run in a folder that holds
/// photo.jpg.
/// </summary>
static class ReadmeSamples
{
    public static void FiveLines()
    {
        // README
        using CpuBackend backend = CpuBackend.Create();
        using SuperResolver resolver = SuperResolver.Load(backend);
        Image photo = Image.Load("photo.jpg");
        Image large = resolver.Upscale(photo);
        large.Save("photo-x4.png");
        // README
    }

    public static UpscaleResult LargeFiles(SuperResolver resolver)
    {
        // README
        UpscaleOptions options = new() { Width = 3000, MemoryBudget = 2L << 30, Seed = 42 };
        Progress<UpscaleProgress> progress = new(p => Console.Error.WriteLine($"{p.Fraction:P0}, {p.BytesInUse >> 20} MB, {p.Left:mm\\:ss} left"));
        using CancellationTokenSource cancel = new(TimeSpan.FromMinutes(10));
        UpscaleResult result = resolver.UpscaleFile("photo.jpg", "photo-3000.tif", options, progress: progress, cancellation: cancel.Token);
        // README
        return result;
    }
}
