using System.Diagnostics;
using System.Globalization;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

[CollectionDefinition(nameof(CancellationTests), DisableParallelization = true)]
public sealed class AloneOnTheMachine;

[Collection(nameof(CancellationTests))]
public sealed class CancellationTests : IDisposable
{
    // What is promised; one in ten may be late, for the collector's and the compiler's sake.
    const int PromisedMilliseconds = 100;

    readonly CpuBackend _backend = CpuBackend.Create();
    readonly string _folder = Directory.CreateTempSubdirectory("pgpsr").FullName;

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(ImageFormat.Png, 3, null)]
    [InlineData(ImageFormat.Jpeg, 3, null)]
    [InlineData(ImageFormat.Tiff, 4, ColorFixMethod.Wavelet)]
    public void A_run_stops_at_any_moment_and_leaves_neither_file_nor_memory(ImageFormat format, int channels, ColorFixMethod? fix)
    {
        const int moments = 16;
        using var resolver = SuperResolver.Load(_backend);
        string extension = format.ToString().ToLowerInvariant(), from = Path.Combine(_folder, "source." + extension),
            to = Path.Combine(_folder, "result." + extension);
        TestPictures.Make(240, 100, channels).Save(from);
        var options = new UpscaleOptions { Tile = 128, ColorFix = fix };
        var output = new OutputOptions { Background = (0, 0, 0) };
        var whole = Stopwatch.StartNew();
        resolver.UpscaleFile(from, to, options, output);
        double duration = whole.Elapsed.TotalMilliseconds;
        long size = new FileInfo(to).Length;
        File.Delete(to);

        long before = Process.GetCurrentProcess().WorkingSet64, plan = resolver.PlanFile(from, options).PeakBytes;
        var random = new Random(31);
        var late = new List<string>();
        for (int i = 0; i < moments; i++)
        {
            double moment = random.NextDouble() * duration;
            using var stop = new StopRequest(TimeSpan.FromMilliseconds(moment));
            try
            {
                resolver.UpscaleFile(from, to, options, output, cancellation: stop.Token);
                // It had ended before; then it is whole.
                Assert.Equal(size, new FileInfo(to).Length);
                File.Delete(to);
                continue;
            }
            catch (OperationCanceledException)
            {
                var took = stop.Late;
                if (took.TotalMilliseconds > PromisedMilliseconds)
                    late.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{took.TotalMilliseconds:F0} ms when cancelled after {moment:F0} of {duration:F0} ms"));
            }
            Assert.Equal(["source." + extension], Directory.GetFiles(_folder).Select(Path.GetFileName));
        }
        Assert.True(late.Count <= moments / 10, string.Join("; ", late));
        // Activations and bands lie outside the collector's heap: they are back with the system, or kept for one next run; ten runs would be seen.
        long grown = Process.GetCurrentProcess().WorkingSet64 - before;
        Assert.True(grown < 2 * plan, $"the process grew by {grown}, one run takes {plan}");
        // The resolver is as good as new.
        resolver.UpscaleFile(from, to, options, output);
        Assert.Equal(size, new FileInfo(to).Length);
    }

    [Fact]
    public async Task A_task_that_waits_for_another_run_is_cancelled_too()
    {
        using var resolver = SuperResolver.Load(_backend);
        var source = TestPictures.Make(300, 220);
        using var stop = new CancellationTokenSource();
        var running = resolver.UpscaleAsync(source, cancellation: stop.Token);
        var waiting = resolver.UpscaleAsync(source, cancellation: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(40, (await resolver.UpscaleAsync(TestPictures.Make(10, 10))).Width);
    }

    [Fact]
    public void A_token_that_is_cancelled_already_stops_before_anything_is_read()
    {
        using var resolver = SuperResolver.Load(_backend);
        var cancelled = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => resolver.Upscale(TestPictures.Make(10, 10), cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            resolver.UpscaleFile(Path.Combine(_folder, "none.png"), Path.Combine(_folder, "to.png"), cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => SuperResolver.Load(ModelCatalog.Default, _backend, cancelled));
    }
}
