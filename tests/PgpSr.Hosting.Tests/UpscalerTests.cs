using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Hosting.Tests;

public sealed class UpscalerTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registered_upscaler_gives_the_resolvers_picture_and_is_the_same_for_everybody()
    {
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create());
        var upscaler = services.GetRequiredService<IUpscaler>();
        Assert.Same(upscaler, services.GetRequiredService<IUpscaler>());
        Assert.Equal(ModelCatalog.Default, (await upscaler.LoadAsync(Stop)).Name);
        using var backend = CpuBackend.Create();
        using var resolver = SuperResolver.Load(backend);
        var expected = await resolver.UpscaleAsync(Picture(), cancellation: Stop);
        Assert.Equal(expected.Bytes.ToArray(), (await upscaler.UpscaleAsync(Picture(), cancellation: Stop)).Bytes.ToArray());
        var plan = await upscaler.PlanAsync(20, 10, cancellation: Stop);
        Assert.Equal((80, 40), (plan.OutputWidth, plan.OutputHeight));
    }

    [Fact]
    public async Task Runs_are_logged_traced_and_counted()
    {
        using var records = new Records();
        using var measurements = new Measurements();
        using var traces = new Traces();
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create(), records, measurements);
        using var parent = new Activity("test").Start();
        await services.GetRequiredService<IUpscaler>().UpscaleAsync(Picture(), cancellation: Stop);
        parent.Stop();

        Assert.Equal([1, 3, 5], records.Lines.Select(line => line.Id).Where(id => id != 4));
        Assert.Contains(records.Lines, line =>
            line is { Level: LogLevel.Information, Id: 5 } && line.Text.StartsWith("Upscaled 12x8 to 48x32 in ", StringComparison.Ordinal));
        var mine = traces.Ended.Where(activity => activity.TraceId == parent.TraceId).ToList();
        Assert.Equal(["pgpsr.load", "pgpsr.upscale"], mine.Select(activity => activity.OperationName));
        Assert.Contains(mine[1].Events, e => e.Name == nameof(UpscaleStage.Restoring));
        Assert.Equal(48, mine[1].GetTagItem("pgpsr.width"));
        Assert.Single(measurements.Values, value => value is { Name: PgpSrDiagnostics.Duration, Value: > 0, Outcome: "ok" });
        Assert.Single(measurements.Values, value => value is { Name: PgpSrDiagnostics.Pixels, Value: 48 * 32 });
        Assert.Single(measurements.Values, value => value is { Name: PgpSrDiagnostics.PeakMemory, Value: > 0 });
        Assert.Equal(0, measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Active).Sum(value => value.Value));
    }

    [Fact]
    public async Task A_run_that_fails_or_is_cancelled_says_so_and_the_next_one_works()
    {
        using var records = new Records();
        using var measurements = new Measurements();
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create(), records, measurements);
        var upscaler = services.GetRequiredService<IUpscaler>();
        await Assert.ThrowsAsync<MemoryBudgetException>(() =>
            upscaler.UpscaleAsync(Picture(), new UpscaleOptions { MemoryBudget = 1 }, cancellation: Stop));
        using var cancelled = new CancellationTokenSource();
        var progress = new Once(cancelled.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            upscaler.UpscaleAsync(Picture(), progress: progress, cancellation: cancelled.Token));
        await upscaler.UpscaleAsync(Picture(), cancellation: Stop);
        Assert.Equal(["failed", "cancelled", "ok"],
            measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Duration).Select(value => value.Outcome));
        Assert.Equal([7, 6, 5], records.Lines.Select(line => line.Id).Where(id => id >= 5));
        Assert.Equal(0, measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Active).Sum(value => value.Value));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_while_it_waits_counts_as_waiting_and_not_as_a_run()
    {
        using var records = new Records();
        using var measurements = new Measurements();
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create(), records, measurements);
        var upscaler = services.GetRequiredService<IUpscaler>();
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var first = upscaler.UpscaleAsync(Picture(), progress: new Once(() =>
        {
            begun.Set();
            go.Wait(Stop);
        }), cancellation: Stop);
        begun.Wait(Stop);
        using var cancelled = new CancellationTokenSource();
        var second = upscaler.UpscaleAsync(Picture(), cancellation: cancelled.Token);
        await Task.Delay(50, Stop);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        go.Set();
        await first;
        Assert.Equal(["ok"], measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Duration).Select(value => value.Outcome));
        Assert.Equal(["", "cancelled"], measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Wait).Select(value => value.Outcome));
        Assert.Contains(measurements.Values, value => value is { Name: PgpSrDiagnostics.Wait, Outcome: "cancelled", Value: >= 0.04 });
        Assert.Contains(records.Lines, line => line.Id == 6);
        Assert.Equal(0, measurements.Values.Where(value => value.Name == PgpSrDiagnostics.Active).Sum(value => value.Value));
    }

    // This project references no package of models.
    [Fact]
    public async Task A_model_whose_package_is_not_referenced_is_refused_with_the_packages_name()
    {
        await using var services = Services(options =>
        {
            options.Model = "pgp-s1-x2";
            options.Backend = _ => CpuBackend.Create();
        });
        var refusal = await Assert.ThrowsAsync<ModelNotFoundException>(() => services.GetRequiredService<IUpscaler>().LoadAsync(Stop));
        Assert.Contains("dotnet add package PgpSr.Models.pgp-s1-x2", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([ModelCatalog.Default], ModelCatalog.Names);
    }

    [Fact]
    public async Task A_load_that_failed_is_tried_again()
    {
        string path = Path.Combine(Path.GetTempPath(), $"pgpsr-{Guid.NewGuid():N}.safetensors");
        int backends = 0;
        await using var services = Services(options =>
        {
            options.Model = path;
            options.Backend = _ =>
            {
                backends++;
                return CpuBackend.Create();
            };
        });
        var upscaler = services.GetRequiredService<IUpscaler>();
        await Assert.ThrowsAsync<ModelNotFoundException>(() => upscaler.LoadAsync(Stop));
        try
        {
            await using (var stream = ModelCatalog.Open(ModelCatalog.Default))
            await using (var file = File.Create(path)) await stream.CopyToAsync(file, Stop);
            Assert.Equal(Path.GetFileNameWithoutExtension(path), (await upscaler.LoadAsync(Stop)).Name);
            Assert.Equal(1, backends);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Files_go_to_files_with_the_registered_defaults_and_several_at_once_wait_their_turn()
    {
        string folder = Directory.CreateTempSubdirectory("pgpsr-").FullName;
        try
        {
            string source = Path.Combine(folder, "a.png");
            Picture().Save(source);
            await using var services = Services(options =>
            {
                options.Backend = _ => CpuBackend.Create();
                options.Defaults = new UpscaleOptions { Scale = 2 };
            });
            var upscaler = services.GetRequiredService<IUpscaler>();
            var results = await Task.WhenAll(Enumerable.Range(0, 4)
                .Select(i => upscaler.UpscaleFileAsync(source, Path.Combine(folder, $"{i}.png"), cancellation: Stop)));
            Assert.All(results, result => Assert.Equal((24, 16), (result.Width, result.Height)));
            Assert.Equal(24, Image.Load(Path.Combine(folder, "3.png")).Width);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Models_under_keys_are_apart()
    {
        var services = new ServiceCollection();
        services.AddPgpSr("a", options => options.Backend = _ => CpuBackend.Create());
        services.AddPgpSr("b", options => options.Backend = _ => CpuBackend.Create(new CpuBackendOptions { Threads = 1 }));
        await using var provider = services.BuildServiceProvider();
        Assert.NotSame(provider.GetRequiredKeyedService<IUpscaler>("a"), provider.GetRequiredKeyedService<IUpscaler>("b"));
    }

    [Fact]
    public async Task Upscalers_that_share_a_backend_run_side_by_side_and_leave_it_to_its_owner()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        var services = new ServiceCollection();
        string[] keys = ["a", "b", "c"];
        foreach (string key in keys) services.AddPgpSr(key, options => options.SharedBackend = backend);
        await using (var provider = services.BuildServiceProvider())
        {
            byte[] expected = (await provider.GetRequiredKeyedService<IUpscaler>("a").UpscaleAsync(Picture(), cancellation: Stop)).Bytes.ToArray();
            await Task.WhenAll(Enumerable.Range(0, 48).Select(async i =>
            {
                var upscaler = provider.GetRequiredKeyedService<IUpscaler>(keys[i % keys.Length]);
                using var own = new CancellationTokenSource();
                var progress = i % 5 == 4 ? new Once(own.Cancel) : null;
                try
                {
                    var image = await upscaler.UpscaleAsync(Picture(), progress: progress, cancellation: own.Token);
                    Assert.Equal(expected, image.Bytes.ToArray());
                }
                catch (OperationCanceledException) when (own.IsCancellationRequested)
                {
                    // Its own request.
                }
            }));
        }
        using var resolver = SuperResolver.Load(backend);
        Assert.Equal(48, (await resolver.UpscaleAsync(Picture(), cancellation: Stop)).Width);
    }

    [Fact]
    public async Task A_plan_and_a_load_wait_for_no_run()
    {
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create());
        var upscaler = services.GetRequiredService<IUpscaler>();
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var run = upscaler.UpscaleAsync(Picture(), progress: new Once(() =>
        {
            begun.Set();
            go.Wait(Stop);
        }), cancellation: Stop);
        begun.Wait(Stop);
        var plan = upscaler.PlanAsync(20, 10, cancellation: Stop);
        var load = upscaler.LoadAsync(Stop);
        await Task.WhenAny(Task.WhenAll(plan, load), Task.Delay(TimeSpan.FromSeconds(10), Stop));
        Assert.True(plan.IsCompletedSuccessfully && load.IsCompletedSuccessfully, "they waited for the run");
        Assert.False(run.IsCompleted);
        go.Set();
        await run;
    }

    [Fact]
    public async Task A_run_keeps_no_thread_of_the_pool_from_requests()
    {
        await using var services = Services(options => options.Backend = _ => CpuBackend.Create());
        bool pooled = true;
        var watch = new Once(() => pooled = Thread.CurrentThread.IsThreadPoolThread);
        await services.GetRequiredService<IUpscaler>().UpscaleAsync(Picture(), progress: watch, cancellation: Stop);
        Assert.False(pooled);
    }

    [Fact]
    public void Two_backends_for_one_upscaler_are_refused()
    {
        using var backend = CpuBackend.Create();
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddPgpSr(options =>
        {
            options.Backend = _ => backend;
            options.SharedBackend = backend;
        }));
    }

    [Fact]
    public async Task After_the_container_is_gone_a_run_is_refused()
    {
        var services = Services(options => options.Backend = _ => CpuBackend.Create());
        var upscaler = services.GetRequiredService<IUpscaler>();
        await upscaler.LoadAsync(Stop);
        await services.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => upscaler.UpscaleAsync(Picture(), cancellation: Stop));
    }

    [Fact]
    public void Without_a_backend_registration_is_refused_and_tells_how() =>
        Assert.Contains("CpuBackend.Create()", Assert.Throws<ArgumentException>(() => new ServiceCollection().AddPgpSr(_ => { })).Message,
            StringComparison.Ordinal);

    static ServiceProvider Services(Action<UpscalerOptions> configure, ILoggerFactory? logs = null, IMeterFactory? meters = null)
    {
        var services = new ServiceCollection();
        if (logs is not null) services.AddSingleton(logs);
        if (meters is not null) services.AddSingleton(meters);
        return services.AddPgpSr(configure).BuildServiceProvider();
    }

    static Image Picture()
    {
        var image = new Image(12, 8, 3);
        for (int i = 0; i < image.Bytes.Length; i++) image.Bytes[i] = (byte)(128 + 100 * Math.Sin(i * 0.1));
        return image;
    }

    sealed class Once(Action act) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value) => act();
    }
}
