using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.NativeAot;
using PgpSr.Cli;
using PgpSr.Cpu;

namespace PgpSr.Benchmarks;

/// <summary>A work by one kernel set, thread count and weight type. What is chosen stands before BenchmarkDotNet asks.</summary>
public class WorkBenchmark
{
    static string[] s_cases = [];

    PreparedWork? _work;

    /// <summary>Operation, shape, kernel set, weights, threads.</summary>
    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = "";

    /// <summary>What was chosen.</summary>
    public static IEnumerable<string> Cases => s_cases;

    internal static string[] KernelSets => [.. CpuBackend.AcceleratedKernelSets];

    internal static void Choose(IEnumerable<Work> works, string[] kernels, string[] weights, string[] threads) => s_cases =
        [.. from work in works
            from kernel in kernels
            from type in work.HasWeights ? weights : ["f32"]
            from count in threads
            select $"{work.Operation} {work.Shape} {kernel} {type} {count}"];

    /// <summary>The row of a report. What no time says is found in this process, since others measured the case.</summary>
    internal static Row? Measured(BenchmarkReport report)
    {
        if (report.ResultStatistics is not { } times) return null;
        string name = $"{report.BenchmarkCase.Parameters[nameof(Case)]}";
        var (work, set, threads) = Parse(name);
        bool native = report.BenchmarkCase.Job.Infrastructure.Toolchain is NativeAotToolchain;
        using var done = (BackendWork)Prepared(name);
        return new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Kernel = set.Name,
            Weights = work.HasWeights ? set.Weights : null,
            Threads = threads,
            Compiled = native ? Machine.Native : null,
            PeakGflops = 1e-9 * MultiplyAddPeak.Measure(threads, windows: 10),
            PeakMb = Row.Megabytes(done.PeakBytes),
            Command = $"dotnet --op {work.Operation} --shape {work.Shape} --kernel {set.Name} --threads {threads}"
                + (work.HasWeights ? $" --weights {set.Weights}" : "") + (native ? " --aot" : ""),
        }.Timed(work, done.Flops, times.Median * 1e-6);
    }

    /// <summary>Weights packed, inputs loaded.</summary>
    [GlobalSetup]
    public void Prepare() => _work = Prepared(Case);

    /// <summary>One run.</summary>
    [Benchmark]
    public void Run() => _work!.Run();

    /// <summary>Everything back.</summary>
    [GlobalCleanup]
    public void Finish() => _work?.Dispose();

    static PreparedWork Prepared(string name)
    {
        var (work, set, threads) = Parse(name);
        return set.Prepare(work, set.Name, threads) ?? throw new NotSupportedException($"{name}: this processor has no such kernels");
    }

    static (Work, CpuPeer, int) Parse(string name)
    {
        string[] parts = name.Split(' ');
        return (WorkList.Parse(parts[0], parts[1]), new CpuPeer(parts[2], parts[3]), int.Parse(parts[4], CultureInfo.InvariantCulture));
    }
}
