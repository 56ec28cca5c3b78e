using PgpSr.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary>The plots that a set of rows can fill.</summary>
static class ResultPlots
{
    /// <summary>File name, SVG, and what it shows; without those that would have nothing.</summary>
    public static IEnumerable<(string Name, string Svg, string Text)> Of(IReadOnlyList<Row> rows, IReadOnlyList<Machine> machines) =>
        new[]
        {
            ("ratios.svg", Ratios(rows), "How many times as fast as each peer"),
            ("sets.svg", Sets(rows), "Kernel sets side by side"),
            ("roofline.svg", Roofline(rows, machines), "Roofline"),
            ("networks.svg", Networks(rows), "Time against operations of whole networks and blocks"),
            ("memory.svg", Memory(rows), "Memory against the size of the input"),
        }.Where(plot => plot.Item2.Length > 0);

    static string Ratios(IReadOnlyList<Row> rows) => Chart.Bars("times the peer's speed",
        [.. rows.Where(r => r.Ratio is not null && r.Kernel is not null).GroupBy(r => $"{r.Op} {r.Shape}, {r.KernelText}")
            .Select(g => (g.Key, (IReadOnlyList<(string, double)>)[.. g.Select(r => (r.Peer!, r.Ratio!.Value))]))]);

    static string Sets(IReadOnlyList<Row> rows) => Chart.Bars("times the 128-bit kernels' speed, same weights and threads",
        [.. from r in rows
            where r.Kernel is not null && r.Ms is not null
            group r by (r.Op, r.Shape, r.Weights, r.Threads) into work
            let narrow = work.FirstOrDefault(r => r.Kernel == "v128")
            where narrow is not null && work.Any(r => r.Kernel is "v256" or "v512")
            select ($"{narrow.Op} {narrow.Shape} {narrow.Weights} {narrow.Threads}",
                (IReadOnlyList<(string, double)>)[.. work.DistinctBy(r => r.Kernel).OrderBy(r => r.Kernel, StringComparer.Ordinal).Select(r => (r.Kernel!, narrow.Ms!.Value / r.Ms!.Value))])]);

    static string Roofline(IReadOnlyList<Row> rows, IReadOnlyList<Machine> machines)
    {
        double peak = machines.Max(m => m.PeakGflops), bandwidth = machines.Max(m => m.BandwidthGbs);
        var points = from r in rows.DistinctBy(r => (r.Op, r.Shape, r.Kernel, r.Weights, r.Threads))
                     where r.Gflops is not null && r.Op is not ("network" or "block" or "picture")
                     let work = Find(r)
                     where work is { Bytes: > 0 }
                     select (r.Op, X: work.Flops / work.Bytes, Y: r.Gflops!.Value, Text: $"{r.Op} {r.Shape}, {r.KernelText}: {r.Gflops:0} GFLOP/s");
        ChartSeries[] series = [.. points.GroupBy(p => p.Op).Select(g => new ChartSeries(g.Key, [.. g.Select(p => (p.X, p.Y, p.Text))]))];
        if (series.Length == 0 || peak <= 0 || bandwidth <= 0) return "";
        double most = Math.Max(series.SelectMany(s => s.Points).Max(p => p.X), 10 * peak / bandwidth);
        return Chart.Scatter("roofline", "operations a byte", "GFLOP/s", series,
            [new("memory and multiply-add peak", [(0.1, 0.1 * bandwidth, ""), (peak / bandwidth, peak, ""), (most, peak, "")])]);
    }

    static string Networks(IReadOnlyList<Row> rows) => Chart.Scatter("whole networks and blocks", "GFLOP of one evaluation", "ms",
        [.. rows.Where(r => r.Op is "network" or "block" or "picture" && r.Gflops > 0 && r.Ms is not null).DistinctBy(r => (r.Shape, r.Kernel, r.Weights, r.Threads))
            .GroupBy(r => $"{r.Op}, {r.KernelText}").Select(g => new ChartSeries(g.Key, [.. g.Select(r => (r.Gflops!.Value * r.Ms!.Value * 1e-3, r.Ms.Value, $"{r.Shape}: {r.Ms:0.0} ms"))]))]);

    static string Memory(IReadOnlyList<Row> rows) => Chart.Scatter("memory", "pixels or positions a side", "MB at the worst moment",
        [.. rows.Where(r => r.Op is "network" or "picture" && r.PeakMb > 0 && r.Shape.Contains('@', StringComparison.Ordinal)).DistinctBy(r => r.Shape)
            .GroupBy(r => r.Shape.Split('@')[0]).Select(g => new ChartSeries(g.Key, [.. g.Select(r => (double.Parse(r.Shape.Split('@')[1]), r.PeakMb!.Value, $"{r.Shape}: {r.PeakMb:0} MB"))]))]);

    static Work? Find(Row row)
    {
        try
        {
            return WorkList.Parse(row.Op, row.Shape);
        }
        catch (FormatException)
        {
            // A row of another program: it has no place under a roof.
            return null;
        }
    }
}
