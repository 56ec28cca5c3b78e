using PgpSr.Cpu;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>What the CPU backend promises of whole networks: the same bytes however the work is cut, and a quick end when asked to stop.</summary>
public sealed class CpuTests
{
    // Wide enough for every path: several tiles of channels, Winograd, threads, attention over a thousand tokens.
    static readonly UnetConfig s_config = new()
    {
        Down = [new(64, 1, [-1], true), new(96, 3, [1], false)],
        Middle = new(96, 3, 1),
        Up = [new(96, 3, [1, 1], true), new(64, 1, [-1, -1], false)],
        ContextChannels = 40,
        NormGroups = 16,
    };

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        float[] one = Output(1, 1);
        foreach (int threads in new[] { 2, 3 }) Assert.Equal(one, Output(threads, 1));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_result_does_not_depend_on_the_size_of_the_batch(int rows)
    {
        float[] one = Output(2, 1), all = Output(2, rows);
        for (int row = 0; row < rows; row++) Assert.Equal(one, all.AsSpan(row * one.Length, one.Length).ToArray());
    }

    [Fact]
    public void A_second_run_gives_the_same_bytes_and_takes_no_memory()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        float[] first = Run(ws, unet, 1);
        long reserved = ws.ReservedBytes;
        int allocations = ws.AllocationCount;
        Assert.Equal(first, Run(ws, unet, 1));
        Assert.Equal((reserved, allocations), (ws.ReservedBytes, ws.AllocationCount));
    }

    [Fact]
    public void The_arena_of_a_plan_is_enough_for_the_run()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var unet = Load(backend);
        var plan = Workspace.Plan(backend, w => Run(w, unet, 2));
        using var ws = new Workspace(backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes });
        ws.Reserve(plan);
        Run(ws, unet, 2);
        Assert.Equal((plan.PeakBytes, plan.ArenaBytes, 1), (ws.PeakBytes, ws.ReservedBytes, ws.AllocationCount));
    }

    [Fact]
    public void A_run_stops_soon_after_it_is_asked_to()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2 });
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        Run(ws, unet, 1);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using var stop = new StopRequest(TimeSpan.FromMilliseconds(20));
            ws.CancellationToken = stop.Token;
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                for (int run = 0; run < 100_000; run++) Run(ws, unet, 2);
            });
            Assert.InRange(stop.Late.TotalMilliseconds, 0, 50);
            Assert.Equal(0, ws.LiveBytes);
        }
        ws.CancellationToken = CancellationToken.None;
        Run(ws, unet, 1);
    }

    static float[] Output(int threads, int rows)
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = threads });
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        return Run(ws, unet, rows);
    }

    static Unet Load(Backend backend)
    {
        using var source = new GeneratedSource(1, Unet.Declare(s_config));
        return Unet.Load(source, backend, s_config);
    }

    static float[] Run(Workspace ws, Unet unet, int rows)
    {
        using var scope = ws.Scope();
        float[] x = new SeededData(1).Uniform(32 * 30 * 4);
        var latent = ws.Upload([.. Enumerable.Repeat(x, rows).SelectMany(v => v)], new Shape(rows, 32, 30, 4));
        return ws.Download(unet.Forward(ws, latent, 500, TinyRun.Condition(ws, unet.Config, rows)));
    }
}
