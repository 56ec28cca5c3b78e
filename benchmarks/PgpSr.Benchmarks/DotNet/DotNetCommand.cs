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

namespace PgpSr.Benchmarks;

/// <summary><c>dotnet</c>: the same works under BenchmarkDotNet, every kernel set, thread count and weight type a parameter.</summary>
sealed class DotNetCommand : Command
{
    public DotNetCommand()
        : base("dotnet", "Times works under BenchmarkDotNet; parameters: kernel set, threads, type of the weights.")
    {
        var work = new WorkOptions(this);
        Option<string[]> kernels = WorkOptions.Names("--kernel", "v512, v256, v128; default: all that this processor has", WorkBenchmark.KernelSets, ["v512", "v256", "v128"]);
        Option<string[]> weights = WorkOptions.Names("--weights", "f32, f16, bf16", ["f32", "f16"], ["f32", "f16", "bf16"]);
        Option<string[]> threads = WorkOptions.Names("--threads", "1, 2, 4, ...; default: 1 and all", [.. WorkBenchmark.ThreadCounts], [.. Enumerable.Range(1, 1024).Select(n => $"{n}")]);
        var folder = new Option<string>("--artifacts") { Description = "where BenchmarkDotNet's own reports go", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "pgpsr-benchmarks") };
        var output = new Option<string?>("--out") { Description = "also appends JSON lines of results, as 'compare' writes them" };
        var brief = new Option<bool>("--short") { Description = "three iterations" };
        foreach (Option option in (Option[])[kernels, weights, threads, folder, output, brief]) Options.Add(option);
        SetAction(line =>
        {
            WorkBenchmark.Choose(work.Of(line), line.GetValue(kernels)!, line.GetValue(weights)!, [.. line.GetValue(threads)!.Select(int.Parse)]);
            // In this process: no program is built for each benchmark, and the peak is measured where the works are.
            Job job = (line.GetValue(brief) ? Job.ShortRun : Job.Default.WithWarmupCount(3).WithMaxIterationCount(30)).WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: true));
            Summary summary = BenchmarkRunner.Run<WorkBenchmark>(ManualConfig.CreateEmpty()
                .AddJob(job)
                .AddLogger(ConsoleLogger.Default)
                .AddColumnProvider(DefaultColumnProviders.Params, DefaultColumnProviders.Statistics, DefaultColumnProviders.Metrics)
                .AddColumn(new WorkColumn("GFLOP/s", row => row.Gflops), new WorkColumn("GB/s", row => row.Gbs), new WorkColumn("of peak", row => row.FractionOfPeak),
                    new WorkColumn("peak MB", row => row.PeakMb))
                .AddDiagnoser(MemoryDiagnoser.Default)
                .AddExporter(MarkdownExporter.GitHub, JsonExporter.FullCompressed)
                .WithOptions(ConfigOptions.DisableOptimizationsValidator)
                .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40))
                .WithArtifactsPath(line.GetValue(folder)!));
            if (line.GetValue(output) is { } file) WorkColumn.Write(summary, file);
            return summary.Reports.Length > 0 && summary.Reports.All(report => report.Success) ? 0 : 1;
        });
    }
}
