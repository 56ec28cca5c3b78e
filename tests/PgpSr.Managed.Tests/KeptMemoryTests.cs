using PgpSr.Cpu;

namespace PgpSr.Managed.Tests;

/// <summary>Which runs leave their memory to the next one.</summary>
public class KeptMemoryTests
{
    [Fact]
    public void A_run_with_a_budget_finds_no_memory_of_another_and_leaves_none()
    {
        using var backend = CpuBackend.Create(new() { Threads = 1 });
        using var resolver = TestModels.Load(TestModels.Residual, backend);
        var picture = TestPictures.Make(40, 30);
        var free = resolver.Upscale(picture);
        Assert.True(backend.KeptBytes > 0);

        var kept = new Kept(backend);
        var bounded = resolver.Upscale(picture, new UpscaleOptions { MemoryBudget = 1L << 30 }, kept);
        Assert.NotEmpty(kept.Seen);
        Assert.All(kept.Seen, bytes => Assert.Equal(0, bytes));
        Assert.Equal(0, backend.KeptBytes);
        TestPictures.AssertSame(free, bounded);
    }

    [Fact]
    public void A_run_that_was_stopped_leaves_none()
    {
        using var backend = CpuBackend.Create(new() { Threads = 1 });
        using var resolver = TestModels.Load(TestModels.Residual, backend);
        var picture = TestPictures.Make(150, 150);
        resolver.Upscale(picture);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => resolver.Upscale(picture, new UpscaleOptions { Tile = 64 }, new Stopping(stop), stop.Token));
        Assert.Equal(0, backend.KeptBytes);
    }

    // Asks at every report of the run, on its own thread.
    sealed class Kept(CpuBackend backend) : IProgress<UpscaleProgress>
    {
        public List<long> Seen { get; } = [];

        public void Report(UpscaleProgress value) => Seen.Add(backend.KeptBytes);
    }

    sealed class Stopping(CancellationTokenSource stop) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => stop.Cancel();
    }
}
