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

namespace PgpSr.Benchmarks;

/// <summary><c>dotnet</c>: the same works under BenchmarkDotNet, every kernel set, thread count and weight type a parameter.</summary>
sealed class DotNetCommand : Command
{
    public DotNetCommand()
        : base("dotnet", "Times works under BenchmarkDotNet; parameters: kernel set, threads, type of the weights; under the JIT, or as Native AOT as well.")
    {
        var work = new WorkOptions(this);
        Option<string[]> kernels = WorkOptions.Kernels(WorkBenchmark.KernelSets), weights = WorkOptions.Weights("f32", "f16");
        Option<string[]> threads = WorkOptions.Names("--threads", "1, 2, 4, ...; default: 1 and all", [.. new[] { 1, Environment.ProcessorCount }.Distinct().Select(n => $"{n}")]);
        var folder = new Option<string>("--artifacts") { Description = "where BenchmarkDotNet's own reports go", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "pgpsr-benchmarks") };
        Option<string?> output = WorkOptions.Out();
        var brief = new Option<bool>("--short") { Description = "three iterations" };
        var native = new Option<string?>("--aot") { Description = "also as Native AOT for this instruction set, x86-64-v4 if none is named; takes minutes to compile", Arity = ArgumentArity.ZeroOrOne };
        foreach (Option option in (Option[])[kernels, weights, threads, folder, output, brief, native]) Options.Add(option);
        SetAction(line =>
        {
            WorkBenchmark.Choose(work.Of(line), line.GetValue(kernels)!, line.GetValue(weights)!, line.GetValue(threads)!);
            Job job = line.GetValue(brief) ? Job.ShortRun : Job.Default.WithWarmupCount(3).WithMaxIterationCount(30);
            // In this process: no program is built for each benchmark, and the peak is measured where the works are.
            var config = ManualConfig.CreateEmpty().AddJob(job.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: true)).WithId("JIT"));
            if (line.GetResult(native) is { Implicit: false })
                config.AddJob(job.WithToolchain(NativeAotToolchain.CreateBuilder().UseNuGet().IlcInstructionSet(line.GetValue(native) ?? "x86-64-v4").ToToolchain()).WithId(Machine.Native));
            Summary summary = BenchmarkRunner.Run<WorkBenchmark>(config
                .AddLogger(ConsoleLogger.Default)
                .AddColumnProvider(DefaultColumnProviders.Job, DefaultColumnProviders.Params, DefaultColumnProviders.Statistics, DefaultColumnProviders.Metrics)
                .AddColumn(new WorkColumn("GFLOP/s", row => row.Gflops), new WorkColumn("GB/s", row => row.Gbs), new WorkColumn("of peak", row => row.FractionOfPeak),
                    new WorkColumn("peak MB", row => row.PeakMb))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
                .WithBuildTimeout(TimeSpan.FromMinutes(20))
                .WithOptions(ConfigOptions.DisableOptimizationsValidator)
                .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40))
                .WithArtifactsPath(line.GetValue(folder)!));
            if (line.GetValue(output) is { } file) WorkColumn.Write(summary, file);
            return summary.Reports.Length > 0 && summary.Reports.All(report => report.Success) ? 0 : 1;
        });
    }
}
