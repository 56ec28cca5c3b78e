using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.NativeAot;

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
        Machine machine = Machine.Measure(rows.Max(row => row.Threads ?? 1), [$"BenchmarkDotNet {typeof(BenchmarkRunner).Assembly.GetName().Version}"]);
        File.AppendAllLines(file, [ResultFile.Line(machine), .. rows.Select(ResultFile.Line)]);
    }

    static Row? Measured(BenchmarkReport? report)
    {
        if (report?.ResultStatistics is not { } times) return null;
        Row row = WorkBenchmark.Timed($"{report.BenchmarkCase.Parameters["Case"]}", times.Median * 1e-6);
        bool native = report.BenchmarkCase.Job.Infrastructure.Toolchain is NativeAotToolchain;
        return row with
        {
            Compiled = native ? Machine.Native : null,
            AllocatedBytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase),
            Command = $"dotnet --op {row.Op} --shape {row.Shape} --kernel {row.Kernel} --threads {row.Threads}"
                + (row.Weights is null ? "" : $" --weights {row.Weights}") + (native ? " --aot" : ""),
        };
    }
}
