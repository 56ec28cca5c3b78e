using System.Diagnostics;
using System.Globalization;
using PgpSr.Tensors;
using Xunit;

namespace PgpSr.Cpu.Tests;

/// <summary>What a run leaves for the next one.</summary>
public class RunMemoryTests
{
    const long Megabyte = 1 << 20;

    static CpuBackend Backend(double seconds = 60) =>
        CpuBackend.Create(new CpuBackendOptions { Threads = 1, MemoryRest = TimeSpan.FromSeconds(seconds) });

    static void Run(CpuBackend backend, long bytes, bool keeps = true, int workers = int.MaxValue)
    {
        using var ws = new Workspace(backend, new WorkspaceOptions { KeepsMemory = keeps, Workers = workers });
        ws.Reserve(new WorkspacePlan(bytes, bytes, 0));
        var tensor = ws.Rent(new Shape((int)(bytes / sizeof(float))));
        ws.Backend.Fill(1, tensor);
    }

    [Fact]
    public void A_run_leaves_exactly_what_it_had_whether_the_one_before_had_more_or_less()
    {
        using var backend = Backend();
        foreach (long bytes in (long[])[64 * Megabyte, 64 * Megabyte, 40 * Megabyte, Megabyte, 100 * Megabyte])
        {
            Run(backend, bytes);
            Assert.Equal(bytes, backend.KeptBytes);
        }
    }

    [Fact]
    public void A_run_that_keeps_nothing_takes_what_was_kept_and_gives_it_back()
    {
        using var backend = Backend();
        Run(backend, 8 * Megabyte);
        Run(backend, 4 * Megabyte, keeps: false);
        Assert.Equal(0, backend.KeptBytes);
    }

    [Fact]
    public void Nothing_is_kept_when_no_run_follows()
    {
        using var backend = Backend(seconds: 0.05);
        Run(backend, Megabyte);
        var waited = Stopwatch.StartNew();
        while (backend.KeptBytes > 0 && waited.Elapsed < TimeSpan.FromSeconds(30)) Thread.Sleep(10);
        Assert.Equal(0, backend.KeptBytes);
        Run(backend, Megabyte);
    }

    [Fact]
    public void A_run_with_fewer_threads_takes_what_one_with_more_left()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 4 });
        Run(backend, 8 * Megabyte);
        Run(backend, 2 * Megabyte, workers: 2);
        Assert.Equal(2 * Megabyte, backend.KeptBytes);
    }

    [Fact]
    public void A_run_that_is_stopped_keeps_nothing()
    {
        using var backend = Backend();
        using (var ws = new Workspace(backend, new WorkspaceOptions { KeepsMemory = true }) { CancellationToken = new CancellationToken(canceled: true) })
            ws.Reserve(new WorkspacePlan(Megabyte, Megabyte, 0));
        Assert.Equal(0, backend.KeptBytes);
    }

    [Fact]
    public void What_is_kept_can_be_given_back_at_once()
    {
        using var backend = Backend();
        Run(backend, Megabyte);
        backend.Trim();
        Assert.Equal(0, backend.KeptBytes);
        Run(backend, Megabyte);
        Assert.Equal(Megabyte, backend.KeptBytes);
    }

    [Fact]
    public void What_no_run_takes_goes_back_although_others_go_on()
    {
        using var backend = Backend(seconds: 0.1);
        SideBySide(backend, Megabyte, Megabyte);
        var waited = Stopwatch.StartNew();
        while (backend.KeptBytes > Megabyte && waited.Elapsed < TimeSpan.FromSeconds(30))
        {
            Run(backend, Megabyte);
            Thread.Sleep(5);
        }
        Assert.InRange(backend.KeptBytes, 0, Megabyte);
    }

    [Fact]
    public void Runs_side_by_side_keep_their_own()
    {
        using var backend = Backend();
        SideBySide(backend, Megabyte, 2 * Megabyte);
        Assert.Equal(3 * Megabyte, backend.KeptBytes);
    }

    static void SideBySide(CpuBackend backend, long first, long second)
    {
        var options = new WorkspaceOptions { KeepsMemory = true };
        using var one = new Workspace(backend, options);
        using var other = new Workspace(backend, options);
        one.Reserve(new WorkspacePlan(first, first, 0));
        other.Reserve(new WorkspacePlan(second, second, 0));
    }

    [Fact]
    public void A_backend_that_ends_before_its_run_keeps_nothing()
    {
        var backend = Backend();
        var ws = new Workspace(backend, new WorkspaceOptions { KeepsMemory = true });
        ws.Reserve(new WorkspacePlan(Megabyte, Megabyte, 0));
        backend.Dispose();
        ws.Dispose();
        Assert.Equal(0, backend.KeptBytes);
    }

    [Fact]
    public void A_second_run_asks_the_system_for_no_page()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("pages are counted as Linux tells them");
        using var backend = Backend();
        Run(backend, 256 * Megabyte);
        long before = Faults();
        Run(backend, 256 * Megabyte);
        Run(backend, 192 * Megabyte);
        // 65,536 pages and more without; this thread is counted alone, and it works alone.
        Assert.InRange(Faults() - before, 0, 16_384);

        static long Faults() => long.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[1].Split(' ')[7], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(100, 50)]
    [InlineData(64 << 20, 1000)]
    [InlineData(64 << 20, 80 << 20)]
    [InlineData(1 << 20, 0)]
    public unsafe void A_resized_block_is_aligned_and_writable_to_its_end(long before, long after)
    {
        using var block = new NativeMemoryBlock(before);
        if (!block.TryResize(after)) Assert.Skip("this system makes a new block");
        Assert.Equal(after, block.Bytes);
        Assert.Equal(0, (long)block.Pointer % NativeMemoryBlock.Alignment);
        new Span<byte>(block.Pointer, (int)after + NativeMemoryBlock.Alignment).Fill(1);
    }

    [Fact]
    public void A_trim_ends_the_threads_of_runs_with_fewer_and_frees_scratch()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 4 });
        int before = Process.GetCurrentProcess().Threads.Count;
        foreach (int workers in (int[])[2, 3]) Run(backend, Megabyte, workers: workers);
        backend.Trim();
        var waited = Stopwatch.StartNew();
        while (Process.GetCurrentProcess().Threads.Count > before + 1 && waited.Elapsed < TimeSpan.FromSeconds(20)) Thread.Sleep(10);
        Assert.Equal(0, backend.ScratchBytes);
        Run(backend, Megabyte, workers: 2);
    }

    [Fact]
    public void Scratch_that_cannot_be_had_leaves_scratch_that_can()
    {
        using var scratch = new Scratch(1);
        Assert.True(Assert.Throws<BackendException>(() => Take(scratch, long.MaxValue / 2)).OutOfMemory);
        Take(scratch, 1 << 10);
        Assert.True(Assert.Throws<BackendException>(() => Take(scratch, long.MaxValue / 2)).OutOfMemory);
        Assert.Equal(0, scratch.Bytes);
        Take(scratch, 1 << 10);
    }

    static unsafe void Take(Scratch scratch, long bytes) => *scratch.ForWorker(0, bytes) = 1;
}
