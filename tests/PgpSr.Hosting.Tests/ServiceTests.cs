using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Hosting.Tests;

/// <summary>What a web service needs of the upscaler: streams, a queue with an end, health, configuration.</summary>
public sealed class ServiceTests
{
    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static Image Picture() => new(12, 8, 3);

    static ServiceProvider Services(Action<UpscalerOptions>? configure = null, params (string Key, string Value)[] settings)
    {
        var section = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"PgpSr:{setting.Key}", (string?)setting.Value)))
            .Build().GetSection("PgpSr");
        var services = new ServiceCollection();
        services.AddPgpSr(section, options =>
        {
            options.Backend = _ => CpuBackend.Create();
            configure?.Invoke(options);
        });
        return services.BuildServiceProvider();
    }

    static MemoryStream Png()
    {
        var stream = new MemoryStream();
        Image picture = new(12, 8, 3);
        for (int i = 0; i < picture.Bytes.Length; i++) picture.Bytes[i] = (byte)(i * 7);
        picture.Save(stream, new ImageSaveOptions { Format = ImageFormat.Png });
        stream.Position = 0;
        return stream;
    }

    [Fact]
    public async Task A_picture_goes_from_stream_to_stream_and_leaves_no_file()
    {
        await using var services = Services();
        var upscaler = services.GetRequiredService<IUpscaler>();
        var result = new MemoryStream();
        var summary = await upscaler.UpscaleStreamAsync(Png(), result, cancellation: Stop);
        Assert.Equal((48, 32), (summary.Width, summary.Height));
        Assert.Matches("^48x32 in [0-9.]+ s, [0-9]+ MiB$", summary.ToString());
        using var reader = ImageReader.Open(new MemoryStream(result.ToArray()));
        Assert.Equal((48, 32, ImageFormat.Png), (reader.Info.Width, reader.Info.Height, reader.Format));
    }

    [Fact]
    public async Task An_upload_that_is_too_long_or_no_picture_is_refused_and_nothing_is_written()
    {
        await using var services = Services(null, ("MaxUploadBytes", "1K"));
        var upscaler = services.GetRequiredService<IUpscaler>();
        var result = new MemoryStream();
        var refusal = await Assert.ThrowsAsync<UploadTooLargeException>(
            () => upscaler.UpscaleStreamAsync(new MemoryStream(new byte[1025]), result, cancellation: Stop));
        Assert.Equal(1024, refusal.Limit);
        await Assert.ThrowsAsync<ImageException>(() => upscaler.UpscaleStreamAsync(new MemoryStream(new byte[1024]), result, cancellation: Stop));
        Assert.Equal(0, result.Length);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_plans_and_health_do_not_wait_and_the_next_run_works()
    {
        await using var services = Services(null, ("QueueLimit", "1"));
        var upscaler = services.GetRequiredService<IUpscaler>();
        var health = new UpscalerHealthCheck(upscaler);
        await upscaler.LoadAsync(Stop);
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var first = upscaler.UpscaleAsync(Picture(), progress: new Once(() =>
        {
            begun.Set();
            go.Wait(Stop);
        }), cancellation: Stop);
        begun.Wait(Stop);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), Stop)).Status);
        var second = upscaler.UpscaleAsync(Picture(), cancellation: Stop);
        Assert.Equal(1, upscaler.Waiting);
        long asked = Stopwatch.GetTimestamp();
        var refusal = await Assert.ThrowsAsync<UpscalerQueueFullException>(() => upscaler.UpscaleAsync(Picture(), cancellation: Stop));
        Assert.Equal(1, refusal.Limit);
        await Assert.ThrowsAsync<UpscalerQueueFullException>(() => upscaler.UpscaleStreamAsync(Png(), Stream.Null, cancellation: Stop));
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync(new HealthCheckContext(), Stop)).Status);
        Assert.Equal(80, (await upscaler.PlanAsync(20, 10, cancellation: Stop)).OutputWidth);
        // Behind the run it would be for ever.
        Assert.InRange(Stopwatch.GetElapsedTime(asked).TotalSeconds, 0, 30);
        go.Set();
        await first;
        await second;
        Assert.Equal(0, upscaler.Waiting);
        await upscaler.UpscaleAsync(Picture(), cancellation: Stop);
    }

    [Fact]
    public async Task Without_a_place_to_wait_a_free_upscaler_still_works()
    {
        await using var services = Services(null, ("QueueLimit", "0"));
        await services.GetRequiredService<IUpscaler>().UpscaleAsync(Picture(), cancellation: Stop);
    }

    [Fact]
    public async Task Settings_come_from_the_configuration_and_code_has_the_last_word()
    {
        UpscalerOptions? seen = null;
        await using var services = Services(
            options => seen = options, ("Model", "pgp-s1-x2"), ("queueLimit", "8"), ("MemoryBudget", "2GB"), ("Scale", "1.5"), ("Seed", "7"));
        Assert.Equal(("pgp-s1-x2", 8, 2L << 30, 1.5, 7UL),
            (seen!.Model, seen.QueueLimit!.Value, seen.Defaults.MemoryBudget!.Value, seen.Defaults.Scale!.Value, seen.Defaults.Seed));
    }

    [Theory, InlineData("Modle", "x"), InlineData("QueueLimit", "-1"), InlineData("QueueLimit", "many"), InlineData("MemoryBudget", "lots")]
    [InlineData("Scale", "NaN"), InlineData("Model", ""), InlineData("Steps", "0")]
    public void A_setting_that_is_unknown_or_wrong_is_an_error_by_its_name(string key, string value)
    {
        var refusal = Assert.Throws<ArgumentException>(() => Services(null, (key, value)));
        Assert.Contains($"PgpSr:{key}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_is_unhealthy()
    {
        await using var services = Services(null, ("Model", "nosuch"));
        var upscaler = services.GetRequiredService<IUpscaler>();
        var health = new UpscalerHealthCheck(upscaler);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(new HealthCheckContext(), Stop)).Status);
        await Assert.ThrowsAsync<ModelNotFoundException>(() => upscaler.LoadAsync(Stop));
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync(new HealthCheckContext(), Stop)).Status);
        Assert.False(upscaler.IsLoaded);
    }

    sealed class Once(Action action) : IProgress<UpscaleProgress>
    {
        Action? _action = action;

        public void Report(UpscaleProgress value) => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
