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
            ("sets.svg", Relative("times the 128-bit kernels' speed, same weights and threads", rows, "v128", row => row.Kernel?.Split(' ')[0] ?? "",
                row => $"{row.Weights} {row.Threads} {row.Compiled}"), "Kernel sets side by side"),
            ("threads.svg", Relative("times the speed of one thread", rows, "1", row => $"{row.Threads}",
                row => $"{row.Kernel} {row.Weights} {row.Compiled}"), "Scaling with threads"),
            ("compiled.svg", Relative("times the JIT's speed", rows, "JIT", row => row.Compiled ?? "JIT",
                row => $"{row.Kernel} {row.Weights} {row.Threads}"), "JIT against Native AOT"),
            ("roofline.svg", Roofline(rows, machines), "Roofline"),
            ("networks.svg", Networks(rows), "Time against operations of whole networks and blocks"),
            ("sizes.svg", BySize("time against size", "ms", rows, row => row.Ms, row => row.PeerMs), "Scaling with the size of the input"),
            ("memory.svg", BySize("memory", "MB at the worst moment", rows, row => row.PeakMb, row => row.PeerPeakMb), "Memory against the size of the input"),
        }.Where(plot => plot.Item2.Length > 0);

    static string Ratios(IReadOnlyList<Row> rows) => Chart.Bars("times the peer's speed",
        [.. rows.Where(r => r.Ratio is not null && r.Kernel is not null).GroupBy(r => $"{r.Op} {r.Shape}, {r.KernelText}")
            .Select(g => (g.Key, (IReadOnlyList<(string, double)>)[.. g.Select(r => (r.Peer!, r.Ratio!.Value))]))]);

    // Speeds of what differs in one thing alone, beside that of one of them.
    static string Relative(string title, IReadOnlyList<Row> rows, string one, Func<Row, string> differs, Func<Row, string> same) => Chart.Bars(title,
        [.. from r in rows
            where r.Kernel is not null && r.Ms is not null && !r.Kernel.Contains("direct", StringComparison.Ordinal)
            group r by $"{r.Op} {r.Shape} {same(r)}" into work
            let unit = work.FirstOrDefault(r => differs(r) == one)
            let others = work.DistinctBy(differs).OrderBy(differs, StringComparer.Ordinal).ToList()
            where unit is not null && others.Count > 1
            select (work.Key, (IReadOnlyList<(string, double)>)[.. others.Select(r => (differs(r), unit.Ms!.Value / r.Ms!.Value))])]);

    static string Roofline(IReadOnlyList<Row> rows, IReadOnlyList<Machine> machines)
    {
        double peak = machines.Max(m => m.PeakGflops), bandwidth = machines.Max(m => m.BandwidthGbs);
        var points = from r in rows.DistinctBy(r => (r.Op, r.Shape, r.KernelText))
                     where r.Gflops is not null && r.Op is not ("network" or "block" or "picture")
                     let work = WorkList.Single(r.Op, r.Shape)
                     where work is { Bytes: > 0 }
                     select (r.Op, X: work.Flops / work.Bytes, Y: r.Gflops!.Value, Text: $"{r.Op} {r.Shape}, {r.KernelText}: {r.Gflops:0} GFLOP/s");
        ChartSeries[] series = [.. points.GroupBy(p => p.Op).Select(g => new ChartSeries(g.Key, [.. g.Select(p => (p.X, p.Y, p.Text))]))];
        if (series.Length == 0 || peak <= 0 || bandwidth <= 0) return "";
        double most = Math.Max(series.SelectMany(s => s.Points).Max(p => p.X), 10 * peak / bandwidth);
        return Chart.Scatter("roofline", "operations a byte", "GFLOP/s", series,
            [new("memory and multiply-add peak", [(0.1, 0.1 * bandwidth, ""), (peak / bandwidth, peak, ""), (most, peak, "")])]);
    }

    static string Networks(IReadOnlyList<Row> rows) => Chart.Scatter("whole networks and blocks", "GFLOP of one evaluation", "ms",
        [.. from r in rows.Where(r => r.Op is "network" or "block" or "picture" && r.Gflops > 0 && r.Ms is not null).DistinctBy(r => (r.Shape, r.KernelText))
            group (r.Gflops!.Value * r.Ms!.Value * 1e-3, r.Ms.Value, $"{r.Shape}: {r.Ms:0.0} ms") by $"{r.Op}, {r.KernelText}" into series
            select new ChartSeries(series.Key, [.. series])]);

    // Of every network and picture, ours and its peers'.
    static string BySize(string title, string unit, IReadOnlyList<Row> rows, Func<Row, double?> ours, Func<Row, double?> theirs) =>
        Chart.Scatter(title, "pixels or positions a side", unit,
        [.. from r in rows
            let place = NetworkWork.Named(r.Shape)
            where place.Side > 0 && r.Kernel is not null
            from point in ((string Who, double? Value)[])[(r.KernelText, ours(r)), (r.Peer ?? "", theirs(r))]
            where point.Value > 0
            let text = $"{r.Op} {r.Shape}, {point.Who}: {point.Value:0}"
            group (X: (double)place.Side, Y: point.Value!.Value, Text: text) by $"{r.Op} {place.Name}, {point.Who}" into series
            let points = series.DistinctBy(p => p.X).ToList()
            where points.Count > 1
            select new ChartSeries(series.Key, points)]);
}
