using PgpSr.Cpu;
using PgpSr.Testing;

namespace PgpSr.Managed.Tests;

/// <summary>One resolver and several threads: plans beside runs, disposal beside runs, a run within a run.</summary>
public sealed class ThreadTests
{
    [Fact]
    public async Task Plans_made_beside_runs_that_load_and_unload_are_those_made_alone()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SmallFaithDiff.Resolver(backend);
        var source = SmallFaithDiff.Picture(10, 8);
        long smallest = Assert.Throws<MemoryBudgetException>(() => resolver.Plan(10, 8, new() { MemoryBudget = 1 })).SmallestBytes;
        // Stage by stage, so that weights come and go all the time; prompts alternate, so that encoders run each time.
        var narrow = new UpscaleOptions { MemoryBudget = smallest + smallest / 10, Steps = 1 };
        var expected = resolver.Plan(10, 8, narrow).Stages;
        using var stop = new CancellationTokenSource();
        var runs = Task.Run(() =>
        {
            try
            {
                for (int i = 0; i < 2; i++)
                {
                    var options = narrow with { Prompt = new Prompt { Tokens = SmallFaithDiff.Tokens(i % 2 + 1) } };
                    resolver.Upscale(source, options, cancellation: TestContext.Current.CancellationToken);
                }
            }
            finally
            {
                stop.Cancel();
            }
        }, TestContext.Current.CancellationToken);
        int plans = 0;
        do
        {
            var plan = resolver.Plan(10, 8, narrow with { Prompt = new Prompt { Tokens = SmallFaithDiff.Tokens(3) } });
            // Weights are a little larger once they are packed, which may move the budget's tiles, never their order.
            Assert.Equal(expected.Select(stage => stage.Name), plan.Stages.Select(stage => stage.Name));
            plans++;
        }
        while (!stop.IsCancellationRequested);
        await runs;
        Assert.True(plans > 1);
    }

    [Fact]
    public async Task The_size_of_a_networks_weights_is_known_at_any_moment()
    {
        using var backend = CpuBackend.Create();
        using var network = new LazyNetwork<Loaded>(
            () => new GeneratedSource(1, []), (_, _, _) => new Loaded(), loaded => loaded.Bytes);
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            long reads = 0;
            for (; !stop.IsCancellationRequested; reads++) Assert.Contains(network.WeightBytes, (long[])[0, Loaded.Size]);
            return reads;
        }, TestContext.Current.CancellationToken);
        var context = new RunContext(null, 0, default);
        for (int i = 0; i < 200_000 && !reading.IsCompleted; i++)
        {
            network.Get(backend, context);
            network.Unload(context);
        }
        await stop.CancelAsync();
        Assert.True(await reading > 0);
    }

    [Fact]
    public async Task Disposing_waits_for_the_run_under_way_and_turns_away_those_that_wait()
    {
        using var backend = CpuBackend.Create();
        var resolver = SuperResolver.Load(backend);
        var source = TestPictures.Make(60, 40);
        byte[] expected = (await resolver.UpscaleAsync(source)).Bytes.ToArray();
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var running = resolver.UpscaleAsync(source, progress: new Pause(begun, go));
        begun.Wait(TestContext.Current.CancellationToken);
        var disposing = Task.Run(resolver.Dispose, TestContext.Current.CancellationToken);
        await Task.WhenAny(disposing, Task.Delay(100, TestContext.Current.CancellationToken));
        Assert.False(disposing.IsCompleted, "weights were given back under a run");
        var waiting = resolver.UpscaleAsync(source);
        go.Set();
        Assert.Equal(expected, (await running).Bytes.ToArray());
        await disposing;
        await Task.WhenAny(waiting); // before or after the disposal, whoever came first
        if (waiting.IsFaulted) Assert.IsType<ObjectDisposedException>(waiting.Exception.InnerException);
        resolver.Dispose();
        Assert.Throws<ObjectDisposedException>(() => resolver.Upscale(source));
        Assert.Throws<ObjectDisposedException>(() => resolver.UpscaleFile("a.png", "b.png"));
        Assert.Throws<ObjectDisposedException>(() => resolver.Plan(8, 8));
        Assert.Throws<ObjectDisposedException>(() => resolver.PlanFile("a.png"));
    }

    [Fact]
    public void A_run_within_a_run_and_disposal_within_a_run_are_refused_instead_of_waiting_for_themselves()
    {
        using var backend = CpuBackend.Create();
        using var resolver = SuperResolver.Load(backend);
        var source = TestPictures.Make(20, 20);
        Assert.Throws<InvalidOperationException>(() => resolver.Upscale(source, progress: new Act(() => resolver.Upscale(source))));
        Assert.Throws<InvalidOperationException>(() => resolver.Upscale(source, progress: new Act(resolver.Dispose)));
        Assert.Equal(80, resolver.Upscale(source, progress: new Act(() => resolver.Plan(20, 20))).Width);
    }

    sealed class Loaded : IDisposable
    {
        public const long Size = 12;

        public long Bytes => Size;

        public void Dispose()
        {
        }
    }

    sealed class Act(Action action) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => action();
    }

    sealed class Pause(ManualResetEventSlim begun, ManualResetEventSlim go) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            begun.Set();
            go.Wait();
        }
    }
}
