using System.Globalization;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Models;

namespace PgpSr.Managed.Tests;

/// <summary>Several resolvers on one backend at a time: each gives the bytes that it gives alone, or stops because it was told to.</summary>
public sealed class ConcurrencyTests
{
    const int Pictures = 3, Callers = 8;

    // A short count for every day; PGPSR_STRESS_RUNS=1000 for the long one.
    static readonly int s_runs =
        int.TryParse(Environment.GetEnvironmentVariable("PGPSR_STRESS_RUNS"), CultureInfo.InvariantCulture, out int runs) ? runs : 96;

    static readonly Func<CpuBackend, SuperResolver>[] s_models =
    [
        backend => TestModels.Load(TestModels.Residual, backend),
        backend => TestModels.Load(TestModels.Config(PgpInput.LatentAndDegraded, PgpPrediction.Epsilon, scale: 2, patch: 4, steps: 2), backend),
        backend => SmallFaithDiff.Resolver(backend),
    ];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Two_resolvers_side_by_side_on_one_backend_give_their_own_pictures(int threads)
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads });
        using var one = s_models[0](backend);
        using var other = s_models[1](backend);
        byte[] first = Run(one, 0), second = Run(other, 1);
        for (int i = 0; i < 5; i++)
        {
            byte[] a = [], b = [];
            Parallel.Invoke(() => a = Run(one, 0), () => b = Run(other, 1));
            Assert.Equal(first, a);
            Assert.Equal(second, b);
        }
    }

    [Fact]
    public async Task Many_runs_of_several_models_with_cancellations_and_disposals_between_end_as_they_would_alone()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 3 });
        var resolvers = s_models.Select(load => load(backend)).ToArray();
        byte[][][] alone = [.. resolvers.Select(resolver => Enumerable.Range(0, Pictures).Select(picture => Run(resolver, picture)).ToArray())];
        int next = -1, finished = 0, cancelled = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < s_runs; i = Interlocked.Increment(ref next))
            {
                int model = i % s_models.Length, picture = i / s_models.Length % Pictures;
                switch (i % 7)
                {
                    case 3:
                        if (await Cancelled(resolvers[model], picture, alone[model][picture], i)) Interlocked.Increment(ref cancelled);
                        else Interlocked.Increment(ref finished);
                        break;
                    case 5:
                        Assert.Equal(alone[model][picture], await Disposed(s_models[model](backend), picture));
                        Interlocked.Increment(ref finished);
                        break;
                    default:
                        Assert.Equal(alone[model][picture], Run(resolvers[model], picture));
                        Interlocked.Increment(ref finished);
                        break;
                }
            }
        }, Stop)));
        Assert.Equal(s_runs, finished + cancelled);
        Assert.True(cancelled > 0);
        foreach (var resolver in resolvers) resolver.Dispose();
    }

    [Fact]
    public async Task A_backend_that_ends_under_a_run_ends_the_run_and_nothing_else()
    {
        for (int threads = 1; threads <= 2; threads++)
        {
            var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads });
            using var resolver = s_models[1](backend);
            byte[] alone = Run(resolver, 0);
            var run = resolver.UpscaleAsync(Picture(0), progress: new Act(1, backend.Dispose), cancellation: Stop);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => run);
            Assert.Throws<ObjectDisposedException>(() => Run(resolver, 0));
            Assert.NotEmpty(alone);
        }
    }

    [Fact]
    public async Task Callers_that_wait_hold_no_thread_of_the_pool()
    {
        using var backend = CpuBackend.Create();
        using var resolver = s_models[0](backend);
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var source = Picture(0);
        var first = resolver.UpscaleAsync(source, progress: new Act(0, () =>
        {
            begun.Set();
            go.Wait(Stop);
        }), cancellation: Stop);
        begun.Wait(Stop);
        // Far more than the pool has at once: it makes one or two more in a second.
        var waiting = Enumerable.Range(0, 24 + 4 * Environment.ProcessorCount).Select(_ => resolver.UpscaleAsync(source, cancellation: Stop)).ToArray();
        var other = Task.Run(() => { }, Stop);
        Assert.Same(other, await Task.WhenAny(other, Task.Delay(TimeSpan.FromSeconds(5), Stop)));
        go.Set();
        byte[] expected = (await first).Bytes.ToArray();
        foreach (var image in await Task.WhenAll(waiting)) Assert.Equal(expected, image.Bytes.ToArray());
    }

    // True if it stopped; its end is its own request's or its picture.
    static async Task<bool> Cancelled(SuperResolver resolver, int picture, byte[] alone, int after)
    {
        using var own = new CancellationTokenSource();
        try
        {
            var image = await resolver.UpscaleAsync(Picture(picture), Options, new Act(after % 4, own.Cancel), own.Token);
            Assert.Equal(alone, image.Bytes.ToArray());
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.True(own.IsCancellationRequested);
            return true;
        }
    }

    // A model of its own that is disposed while it runs, which waits.
    static async Task<byte[]> Disposed(SuperResolver resolver, int picture)
    {
        var disposing = Task.CompletedTask;
        var image = await resolver.UpscaleAsync(
            Picture(picture), Options, new Act(1, () => disposing = Task.Run(resolver.Dispose)), Stop);
        await disposing;
        Assert.Throws<ObjectDisposedException>(() => resolver.Plan(8, 8));
        return image.Bytes.ToArray();
    }

    static UpscaleOptions Options { get; } = new() { Seed = 5 };

    static byte[] Run(SuperResolver resolver, int picture) => resolver.Upscale(Picture(picture), Options, cancellation: Stop).Bytes.ToArray();

    static Image Picture(int i) => TestPictures.Make(10 + 7 * i, 8 + 5 * i);

    sealed class Act(int report, Action action) : IProgress<UpscaleProgress>
    {
        int _reports = -1;

        public void Report(UpscaleProgress value)
        {
            if (Interlocked.Increment(ref _reports) == report) action();
        }
    }
}
