using System.Globalization;
using BenchmarkDotNet.Attributes;
using PgpSr.Cli;
using PgpSr.Cpu;

namespace PgpSr.Benchmarks;

/// <summary>A work by one kernel set, thread count and weight type. What is chosen stands before BenchmarkDotNet asks.</summary>
public class WorkBenchmark
{
    static readonly List<string> s_cases = [];
    static readonly Dictionary<string, Row> s_facts = [];

    internal static string[] KernelSets { get; } = [.. CpuBackend.AcceleratedKernelSets];

    internal static IEnumerable<string> ThreadCounts =>
        new[] { 1, Environment.ProcessorCount }.Distinct().Select(n => n.ToString(CultureInfo.InvariantCulture));

    PreparedWork? _work;

    /// <summary>Operation, shape, kernel set, weights, threads.</summary>
    [ParamsSource(nameof(Cases))]
    public string Case { get; set; } = "";

    /// <summary>What was chosen.</summary>
    public static IEnumerable<string> Cases => s_cases;

    internal static void Choose(IEnumerable<Work> works, string[] kernels, string[] weights, int[] threads)
    {
        s_cases.Clear();
        foreach (Work work in works)
            foreach (string kernel in kernels)
                foreach (string type in work.HasWeights ? weights : ["f32"])
                    foreach (int count in threads) s_cases.Add(string.Create(CultureInfo.InvariantCulture, $"{work.Operation} {work.Shape} {kernel} {type} {count}"));
    }

    /// <summary>What is known of a case beside its time; empty before it ran.</summary>
    internal static Row? Facts(string name) => s_facts.GetValueOrDefault(name);

    /// <summary>Weights packed, inputs loaded, the processor's peak measured.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        string[] parts = Case.Split(' ');
        Work work = WorkList.Parse(parts[0], parts[1]);
        int threads = int.Parse(parts[4], CultureInfo.InvariantCulture);
        var set = new CpuPeer(parts[2], parts[3], "f32", direct: false);
        _work = set.Prepare(work, threads).FirstOrDefault() ?? throw new NotSupportedException($"{Case}: this processor has no such kernels");
        var done = (BackendWork)_work;
        s_facts[Case] = new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Kernel = parts[2],
            Weights = work.HasWeights ? parts[3] : null,
            Threads = threads,
            Gflops = done.Flops == 0 ? null : done.Flops,
            Gbs = work.MemoryBound ? work.Bytes : null,
            PeakGflops = 1e-9 * MultiplyAddPeak.Measure(threads, windows: 10),
            PeakMb = done.Memory.Peak == 0 ? null : done.Memory.Peak / 1048576.0,
        };
    }

    /// <summary>One run.</summary>
    [Benchmark]
    public void Run() => _work!.Run();

    /// <summary>Everything back.</summary>
    [GlobalCleanup]
    public void Finish() => _work?.Dispose();
}
