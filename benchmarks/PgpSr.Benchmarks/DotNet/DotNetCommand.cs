using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Toolchains.NativeAot;
using PgpSr.Cpu;

namespace PgpSr.Benchmarks;

/// <summary><c>dotnet</c>: the same works under BenchmarkDotNet, every kernel set, thread count and weight type a parameter; then our rows of them.</summary>
sealed class DotNetCommand : WorkCommand
{
    readonly Option<string[]> _kernels = Kernels(WorkBenchmark.KernelSets), _weights = Weights("f32", "f16");
    readonly Option<string[]> _threads = Names("--threads", "1, 2, 4, ...; default: 1 and all",
        [.. new[] { 1, Environment.ProcessorCount }.Distinct().Select(n => $"{n}")]);
    readonly Option<string> _folder = Text("--artifacts", "where BenchmarkDotNet's own reports go", Path.Combine(Path.GetTempPath(), "pgpsr-benchmarks"));
    readonly Option<string?> _out = Out();
    readonly Option<bool> _brief = new("--short") { Description = "three iterations" };
    readonly Option<string?> _native = new("--aot")
    { Description = "also as Native AOT for this instruction set, this machine's x86-64-v3 or v4 if none is named; takes minutes to compile", Arity = ArgumentArity.ZeroOrOne };

    public DotNetCommand()
        : base("dotnet", "Times works under BenchmarkDotNet; parameters: kernel set, threads, type of the weights; under the JIT, or as Native AOT as well.")
    {
        Takes(_kernels, _weights, _threads, _folder, _out, _brief, _native);
        SetAction(Run);
    }

    int Run(ParseResult line)
    {
        WorkBenchmark.Choose(Works(line), line.GetValue(_kernels)!, line.GetValue(_weights)!, line.GetValue(_threads)!);
        Job job = line.GetValue(_brief) ? Job.ShortRun : Job.Default.WithWarmupCount(3).WithMaxIterationCount(30);
        // In this process: no program is built for each benchmark, and the peak is measured where the works are.
        var config = ManualConfig.CreateEmpty().AddJob(job.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: true)).WithId("JIT"));
        if (line.GetResult(_native) is { Implicit: false })
        {
            string best = CpuBackend.AcceleratedKernelSets.Contains("v512") ? "x86-64-v4" : "x86-64-v3";
            var toolchain = NativeAotToolchain.CreateBuilder().UseNuGet().IlcInstructionSet(line.GetValue(_native) ?? best).ToToolchain();
            config.AddJob(job.WithToolchain(toolchain).WithId(Machine.Native));
        }
        Summary summary = BenchmarkRunner.Run<WorkBenchmark>(config
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Job, DefaultColumnProviders.Params, DefaultColumnProviders.Statistics, DefaultColumnProviders.Metrics)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
            // Native AOT compiles BenchmarkDotNet as well, with the compiler inside it: five minutes of a processor to itself, and a build that is
            // stopped begins anew.
            .WithBuildTimeout(TimeSpan.FromHours(2))
            .WithOptions(ConfigOptions.DisableOptimizationsValidator)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40))
            .WithArtifactsPath(line.GetValue(_folder)!));
        Row[] rows = [.. summary.Reports.Select(WorkBenchmark.Measured).OfType<Row>()];
        if (rows.Length == 0) return 1;
        var table = new ConsoleTable(line.GetValue(_out));
        table.Begin(Machine.Measure(rows.Max(row => row.Threads ?? 1), [$"BenchmarkDotNet {typeof(BenchmarkRunner).Assembly.GetName().Version}"]));
        foreach (Row row in rows) table.Add(row);
        return summary.Reports.All(report => report.Success) ? 0 : 1;
    }
}
