using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PgpSr.Cpu;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Hosting.Tests;

/// <summary>Many requests to several models of one container over one backend: each ends as it would alone, or by its own cancellation.</summary>
public sealed class StressTests
{
    const int Callers = 8, Pictures = 3;

    // A short count for every day; PGPSR_STRESS_RUNS=1000 for the long one.
    static readonly int s_runs =
        int.TryParse(Environment.GetEnvironmentVariable("PGPSR_STRESS_RUNS"), CultureInfo.InvariantCulture, out int runs) ? runs : 64;

    static readonly string[] s_models = [.. ModelCatalog.Names.Take(3)];

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_to_three_models_over_one_backend_end_as_they_would_alone()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 3 });
        await using var services = Container(backend);
        IUpscaler[] upscalers = [.. s_models.Select(model => services.GetRequiredKeyedService<IUpscaler>(model))];
        var alone = new byte[s_models.Length][][];
        for (int model = 0; model < s_models.Length; model++)
        {
            alone[model] = new byte[Pictures][];
            for (int picture = 0; picture < Pictures; picture++)
                alone[model][picture] = (await upscalers[model].UpscaleAsync(Picture(picture), cancellation: Stop)).Bytes.ToArray();
        }
        int next = -1, finished = 0, cancelled = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < s_runs; i = Interlocked.Increment(ref next))
            {
                int model = i % s_models.Length, picture = i / s_models.Length % Pictures;
                byte[]? result = (i % 8) switch
                {
                    3 => await Cancelled(upscalers[model], picture, i),
                    5 => await Streamed(upscalers[model], picture),
                    7 => await Disposed(backend, model, picture),
                    _ => (await upscalers[model].UpscaleAsync(Picture(picture), cancellation: Stop)).Bytes.ToArray(),
                };
                if (result is null)
                {
                    Interlocked.Increment(ref cancelled);
                    continue;
                }
                Assert.Equal(alone[model][picture], result);
                Interlocked.Increment(ref finished);
            }
        }, Stop)));
        Assert.Equal(s_runs, finished + cancelled);
        Assert.True(cancelled > 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{finished} finished, {cancelled} cancelled");
    }

    static ServiceProvider Container(CpuBackend backend)
    {
        var services = new ServiceCollection();
        foreach (string model in s_models)
        {
            services.AddPgpSr(model, options =>
            {
                options.Model = model;
                options.SharedBackend = backend;
            });
        }
        return services.BuildServiceProvider();
    }

    // Null if it stopped by its own request.
    static async Task<byte[]?> Cancelled(IUpscaler upscaler, int picture, int after)
    {
        using var own = new CancellationTokenSource();
        try
        {
            return (await upscaler.UpscaleAsync(Picture(picture), progress: new Act(after % 3, own.Cancel), cancellation: own.Token)).Bytes.ToArray();
        }
        catch (OperationCanceledException)
        {
            Assert.True(own.IsCancellationRequested);
            return null;
        }
    }

    static async Task<byte[]> Streamed(IUpscaler upscaler, int picture)
    {
        using MemoryStream source = new(), result = new();
        Picture(picture).Save(source, new ImageSaveOptions { Format = ImageFormat.Png });
        source.Position = 0;
        await upscaler.UpscaleStreamAsync(source, result, cancellation: Stop);
        result.Position = 0;
        return Image.Load(result).Bytes.ToArray();
    }

    // A container of its own over the same backend, which outlives it.
    static async Task<byte[]> Disposed(CpuBackend backend, int model, int picture)
    {
        await using var services = Container(backend);
        return (await services.GetRequiredKeyedService<IUpscaler>(s_models[model]).UpscaleAsync(Picture(picture), cancellation: Stop)).Bytes.ToArray();
    }

    static Image Picture(int number)
    {
        var picture = new Image(9 + 5 * number, 7 + 4 * number, 3);
        new Random(number).NextBytes(picture.Bytes);
        return picture;
    }

    sealed class Act(int report, Action action) : IProgress<UpscaleProgress>
    {
        int _reports = -1;

        public void Report(UpscaleProgress value)
        {
            if (Interlocked.Increment(ref _reports) == report) action();
        }
    }
}
