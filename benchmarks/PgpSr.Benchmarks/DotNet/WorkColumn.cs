using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace PgpSr.Benchmarks;

/// <summary>A column of our own: what a case's time means beside its operations, its bytes and the processor's peak.</summary>
sealed class WorkColumn(string name, Func<Row, double?> value) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public string Legend => $"{name}, of the median";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        Measured(summary[benchmarkCase]) is { } row && value(row) is { } number ? number.ToString(number < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    /// <summary>The rows of a summary, appended to a file of results.</summary>
    public static void Write(Summary summary, string file)
    {
        List<Row> rows = [.. summary.Reports.Select(Measured).OfType<Row>()];
        if (rows.Count == 0) return;
        using var output = new StreamWriter(file, append: true);
        output.WriteLine(ResultFile.Line(Machine.Measure(rows.Max(row => row.Threads ?? 1), [$"BenchmarkDotNet {typeof(BenchmarkRunner).Assembly.GetName().Version}"])));
        foreach (Row row in rows) output.WriteLine(ResultFile.Line(row));
    }

    // Facts hold operations and bytes of a run where a row holds rates.
    static Row? Measured(BenchmarkReport? report)
    {
        if (report?.ResultStatistics is not { } times || WorkBenchmark.Facts($"{report.BenchmarkCase.Parameters["Case"]}") is not { } facts) return null;
        double nanoseconds = times.Median, gflops = (facts.Gflops ?? 0) / nanoseconds;
        return facts with
        {
            Ms = nanoseconds * 1e-6,
            Gflops = facts.Gflops is null ? null : gflops,
            Gbs = facts.Gbs / nanoseconds,
            FractionOfPeak = facts.Gflops is null || facts.Gbs is not null ? null : gflops / facts.PeakGflops,
            AllocatedBytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase),
            Command = $"dotnet --op {facts.Op} --shape {facts.Shape} --kernel {facts.Kernel} --threads {facts.Threads}"
                + (facts.Weights is null ? "" : $" --weights {facts.Weights}"),
        };
    }
}
