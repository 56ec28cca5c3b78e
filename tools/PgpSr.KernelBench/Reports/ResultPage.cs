using System.Globalization;
using System.Text.Json;

namespace PgpSr.KernelBench;

/// <summary>
/// The Markdown page of <c>benchmarks/results/</c>, from the JSON lines of one or several runs: a later run of a row replaces an earlier one.
/// </summary>
static class ResultPage
{
    static readonly string[] s_peers = ["ort", "torch"];

    /// <exception cref="FormatException">The file is not what <c>--out</c> writes.</exception>
    public static void Print(string file, TextWriter output)
    {
        var machines = new List<JsonElement>();
        var rows = new List<BenchRow>();
        foreach (string line in File.ReadLines(file))
        {
            JsonElement element;
            try
            {
                element = JsonElement.Parse(line);
            }
            catch (JsonException e)
            {
                throw new FormatException($"{file}: a line is not JSON as --out writes it: {e.Message}", e);
            }
            if (element.GetProperty("op").GetString() == "machine")
            {
                machines.Add(element);
                continue;
            }
            BenchRow row = Row(element);
            int same = rows.FindIndex(r => r.Work == row.Work && r.Kernel == row.Kernel && r.Weights == row.Weights && r.Peer == row.Peer);
            if (same >= 0) rows[same] = row;
            else rows.Add(row);
        }
        if (machines.Count == 0) throw new FormatException($"{file}: no line with op 'machine'");

        Head(machines, output);
        int missed = 0, set = 0;
        foreach (IGrouping<string, BenchRow> operation in rows.GroupBy(r => r.Work.Operation))
        {
            bool streamed = operation.First().StreamMilliseconds is not null;
            output.WriteLine($"\n## {operation.Key}\n");
            string limit = streamed ? "of two reads and one write: same tensor; from memory" : "of peak";
            output.WriteLine($"| shape | kernel | ms | GFLOP/s | {limit} | ONNX Runtime ms | ratio | libtorch ms | ratio | difference |");
            output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
            foreach (var kernel in operation.GroupBy(r => (r.Work, r.Kernel, r.Weights)))
            {
                BenchRow row = kernel.First();
                Target? ofPeak = Target.Find(row, null);
                Count(row.FractionOfPeak, ofPeak);
                var cells = new List<string>
                {
                    row.Work.Shape,
                    row.Kernel is null ? "" : row.Weights is null ? row.Kernel : $"{row.Kernel}, {row.Weights}",
                    Number(row.Milliseconds, "0.000"),
                    Number(row.Gflops, "0"),
                    Target.Text(row.FractionOfPeak, ofPeak) + (streamed ? $"; {Number(row.FractionOfMemory, "0.00")}" : ""),
                };
                foreach (string peer in s_peers)
                {
                    BenchRow? beside = kernel.FirstOrDefault(r => r.Peer == peer);
                    Target? target = Target.Find(row, peer);
                    if (beside is not null) Count(beside.Ratio, target);
                    cells.Add(beside is null ? "" : $"{Number(beside.PeerMilliseconds, "0.000")} ({beside.PeerForm})");
                    cells.Add(beside is null ? "" : Target.Text(beside.Ratio, target));
                }
                cells.Add(Number(kernel.Max(r => r.Difference), "0e+0"));
                output.WriteLine($"| {string.Join(" | ", cells)} |");
            }
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{set} targets, {set - missed} reached, {missed} missed (bold)."));

        void Count(double? value, Target? target)
        {
            if (target is null || value is not { } number) return;
            set++;
            if (number < target.AtLeast) missed++;
        }
    }

    static void Head(List<JsonElement> machines, TextWriter output)
    {
        string Texts(string name) => string.Join(", ", machines.Select(m => m.GetProperty(name).ToString()).Distinct());
        (double Low, double High) Range(string name) =>
            (machines.Min(m => m.GetProperty(name).GetDouble()), machines.Max(m => m.GetProperty(name).GetDouble()));
        IEnumerable<string> versions = machines.SelectMany(m => m.GetProperty("versions").EnumerateArray().Select(v => v.GetString()!)).Distinct();
        (double Low, double High) peak = Range("peak_gflops"), bandwidth = Range("bandwidth_gbs");
        string last = machines.Max(m => m.GetProperty("utc").GetDateTime()).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        output.WriteLine("# Kernels beside their peers\n");
        output.Write($"{Texts("cpu")}; {Texts("cores")} cores, {Texts("threads")} threads, {Texts("vector_bits")}-bit vectors; {Texts("system")}; ");
        output.WriteLine($"{Texts("runtime")}; {string.Join("; ", versions)}; {last} UTC.");
        output.Write(string.Create(CultureInfo.InvariantCulture, $"Multiply-add peak {peak.Low:0} to {peak.High:0} GFLOP/s; "));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"two reads and one write of large tensors {bandwidth.Low:0} to {bandwidth.High:0} GB/s.\n"));
        output.WriteLine("""
            Medians of alternating turns in one process (tools/PgpSr.KernelBench). The peak is measured between the turns of each row;
            ratio = the peer's time over ours. GFLOP/s count the definition's operations, so Winograd may pass 1 of the peak.
            Each peer is shown in its fastest form; all of them compute in float32.
            Difference: the largest relative root mean square between our output and a peer's. Targets stand in brackets, missed ones are bold.
            """);
    }

    static BenchRow Row(JsonElement element)
    {
        string? Text(string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
        double? Value(string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;
        string operation = Text("op")!, shape = Text("shape")!;
        return new BenchRow
        {
            Work = WorkList.Standard.FirstOrDefault(w => w.Operation == operation && w.Shape == shape) ?? WorkList.Parse(operation, shape),
            Weights = Text("weights"),
            Kernel = Text("kernel"),
            Milliseconds = Value("ms"),
            PeakGflops = Value("peak_gflops") ?? double.NaN,
            StreamMilliseconds = Value("stream_ms"),
            LargeStreamMilliseconds = Value("large_stream_ms"),
            Peer = Text("peer"),
            PeerForm = Text("peer_form"),
            PeerMilliseconds = Value("peer_ms"),
            Difference = Value("difference"),
        };
    }

    static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
