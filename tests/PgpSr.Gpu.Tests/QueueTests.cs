using PgpSr.Conformance;
using PgpSr.Models;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>What the backend promises of whole runs: queued work, memory, limits, the same bytes, a quick end.</summary>
public abstract class QueueTests(BackendFixture fixture)
{
    // Every kind of operation is in it: convolutions, norms, attention, linear layers, resizes. (Whole networks take the stand-in minutes.)
    static readonly UnetConfig s_config = new()
    {
        Down = [new(8, 1, [-1], true), new(16, 2, [1], false)],
        Middle = new(16, 2, 1),
        Up = [new(16, 2, [1, 1], true), new(8, 1, [-1, -1], false)],
        ContextChannels = 12,
        NormGroups = 4,
    };

    [Fact]
    public void A_second_run_gives_the_same_bytes_and_takes_no_memory()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        float[] first = Run(ws, unet);
        long bytes = backend.MemoryBytes, taken = backend.Queue.Memory.Allocations;
        int allocations = ws.AllocationCount;
        Assert.Equal(first, Run(ws, unet));
        Assert.Equal((bytes, taken, allocations), (backend.MemoryBytes, backend.Queue.Memory.Allocations, ws.AllocationCount));
    }

    [Fact]
    public void A_run_waits_for_the_device_once()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        Run(ws, unet);
        long waits = backend.Queue.Synchronizations;
        Run(ws, unet);
        Assert.Equal(waits + 1, backend.Queue.Synchronizations);
    }

    [Fact]
    public void Another_backend_on_the_device_gives_the_same_bytes()
    {
        using var one = (GpuBackend)fixture.Create();
        using var other = (GpuBackend)fixture.Create();
        Assert.Equal(Output(one), Output(other));
    }

    [Fact]
    public void Runs_side_by_side_give_what_they_give_alone_and_one_that_is_cancelled_stops_no_other()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var unet = Load(backend);
        float[] alone;
        using (var ws = new Workspace(backend)) alone = Run(ws, unet);
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            using var own = new CancellationTokenSource();
            using var ws = new Workspace(backend) { CancellationToken = own.Token };
            Assert.Equal(alone, Run(ws, unet));
            if (i % 2 == 0) return;
            own.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => Run(ws, unet));
        });
    }

    [Fact]
    public void All_memory_goes_back()
    {
        using var backend = (GpuBackend)fixture.Create();
        long before = backend.MemoryBytes;
        using (var unet = Load(backend))
        using (var ws = new Workspace(backend))
            Run(ws, unet);
        Assert.Equal(before + backend.ScratchBytes, backend.MemoryBytes);
    }

    [Fact]
    public void The_arena_of_a_plan_is_enough_and_a_smaller_limit_is_refused_before_anything_runs()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var unet = Load(backend);
        var plan = Workspace.Plan(backend, w => Run(w, unet));
        using var enough = new Workspace(backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes });
        enough.Reserve(plan);
        Run(enough, unet);
        Assert.Equal(1, enough.AllocationCount);
        using var little = new Workspace(backend, new WorkspaceOptions { LimitBytes = plan.ArenaBytes - 64 });
        Assert.Throws<MemoryLimitException>(() => little.Reserve(plan));
    }

    [Fact]
    public void The_devices_limit_counts_weights_and_tensors()
    {
        const long Limit = 1 << 20;
        using var probe = (GpuBackend)fixture.Create();
        using var backend = GpuBackend.Create(new GpuBackendOptions { Device = probe.Device.Id, MemoryLimit = Limit });
        using var half = backend.Allocate(Limit / 2);
        var refused = Assert.Throws<MemoryLimitException>(() => backend.Allocate(Limit / 2 + 64));
        Assert.Equal(Limit, refused.LimitBytes);
        using var rest = backend.Allocate(Limit / 2);
    }

    [Fact]
    public void A_run_that_is_cancelled_stops_and_leaves_the_backend_usable()
    {
        using var backend = (GpuBackend)fixture.Create();
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        float[] right = Run(ws, unet);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        ws.CancellationToken = cancellation.Token;
        Assert.ThrowsAny<OperationCanceledException>(() => Run(ws, unet));
        Assert.Equal(0, ws.LiveBytes);
        ws.CancellationToken = CancellationToken.None;
        Assert.Equal(right, Run(ws, unet));
    }

    [Fact]
    public void A_large_upload_arrives_whole()
    {
        // More than the staging memory, and not a multiple of its pieces.
        const int Count = (36 << 20) / sizeof(float) + 17;
        using var backend = fixture.Create();
        using var tensor = backend.CreateTensor(new Shape(Count));
        var values = new float[Count];
        for (int i = 0; i < Count; i++) values[i] = i;
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values), tensor);
        var found = new float[Count];
        backend.Download(tensor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(found.AsSpan()));
        Assert.True(values.AsSpan().SequenceEqual(found));
    }

    static float[] Output(GpuBackend backend)
    {
        using var unet = Load(backend);
        using var ws = new Workspace(backend);
        return Run(ws, unet);
    }

    static Unet Load(Backend backend)
    {
        using var source = new GeneratedSource(1, Unet.Declare(s_config));
        return Unet.Load(source, backend, s_config);
    }

    static float[] Run(Workspace ws, Unet unet)
    {
        using var scope = ws.Scope();
        var data = new SeededData(1);
        var latent = ws.Upload(data.Uniform(6 * 6 * 4), new Shape(1, 6, 6, 4));
        var text = ws.Upload(data.Uniform(5 * 12), new Shape(1, 5, 12));
        return ws.Download(unet.Forward(ws, latent, 500, new UnetCondition(text, null, [])));
    }
}

public sealed class QueueOpenCl() : QueueTests(GpuFixtures.OpenClCompiled);

public sealed class QueueCuda() : QueueTests(GpuFixtures.Cuda);
