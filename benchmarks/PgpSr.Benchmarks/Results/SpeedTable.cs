using System.Globalization;
using System.Text;

namespace PgpSr.Benchmarks;

/// <summary>The repository's own table of speed: programs, pictures and networks as they were measured, and the range of every operation beside each peer.</summary>
static class SpeedTable
{
    public const string Begin = "<!-- speed: written by 'benchmarks/PgpSr.Benchmarks speed' -->", End = "<!-- /speed -->";

    static readonly string[] s_peers = ["ort", "torch", "torch-bf16"];

    /// <summary>The lines between the marks.</summary>
    /// <param name="folder">Of the results, as links name it.</param>
    /// <param name="root">Where that folder lies.</param>
    public static string Of(string folder, string root)
    {
        var table = new StringBuilder();
        table.Append("| | time | memory |\n|---|---:|---:|\n");
        foreach (Row row in Rows("programs.jsonl").Where(row => row.Ms is not null))
            table.Append(CultureInfo.InvariantCulture, $"| {Name(row.Shape, "programs.jsonl")}, {row.Kernel}{Command(row, [])} | {Seconds(row.Ms)} | {row.PeakMb:0} MiB |\n");
        foreach (var (file, what) in ((string, string)[])[("processes.jsonl", "pictures, end to end, a process each"), ("networks.jsonl", "networks and blocks, one evaluation"),
            ("sdxl.jsonl", "SDXL's UNet, a process each"), ("sdxl-f32.jsonl", "the same beside float32")])
        {
            var groups = Rows(file).Where(row => row.Ratio is not null && row.Compiled is null).GroupBy(row => (row.Op, row.Shape, row.KernelText)).ToList();
            if (groups.Count == 0) continue;
            table.Append(CultureInfo.InvariantCulture, $"\n| {what}: times the speed of (our part of its memory) | time | {string.Join(" | ", s_peers.Select(ResultPage.PeerName))} |\n|---|---:|---:|---:|---:|\n");
            foreach (var group in groups)
            {
                Row first = group.First();
                string beside = string.Join(" | ", s_peers.Select(peer => group.FirstOrDefault(row => row.Peer == peer) is not { } row ? "-"
                    : row.MemoryRatio is { } memory ? $"{row.Ratio:0.00} ({memory:0.00})" : $"{row.Ratio:0.00}"));
                table.Append(CultureInfo.InvariantCulture, $"| {Name(first.Shape, file)}, {first.KernelText}{Command(first, [.. group.Select(row => row.Peer!)])} | {Seconds(first.Ms)} | {beside} |\n");
            }
        }
        table.Append("\n| operation, two threads | times ONNX Runtime's speed | times libtorch's |\n|---|---:|---:|\n");
        var kernels = Rows("kernels.jsonl").Where(row => row.Ratio is not null && row.Threads is null or 2 && row.Kernel?.Contains("direct", StringComparison.Ordinal) == false);
        foreach (var operation in kernels.GroupBy(row => row.Op))
        {
            string command = $"compare --op {operation.Key} --weights {string.Join(',', operation.Select(row => row.Weights ?? "f32").Distinct())} --peer ort,torch";
            table.Append(CultureInfo.InvariantCulture, $"| {Name(operation.Key, "kernels.jsonl")}{Command(operation.First() with { Command = command }, ["torch"])} | {Range(operation, "ort")} | {Range(operation, "torch")} |\n");
        }
        return table.ToString();

        string Name(string text, string file) => $"[{text}]({folder}/{file})";

        static string Command(Row row, IReadOnlyList<string> peers) => $"<br><sub>`{ResultPage.Command(row, peers)}`</sub>";

        List<Row> Rows(string file)
        {
            string path = Path.Combine(root, folder, file);
            return File.Exists(path) ? ResultFile.Latest(ResultFile.Read(path).Rows) : [];
        }
    }

    /// <summary>A page with a new table between its marks.</summary>
    /// <exception cref="FormatException">It has no marks.</exception>
    public static string Replace(string page, string table)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new FormatException($"the page has no '{Begin}' with '{End}' after it");
        return $"{page[..(begin + Begin.Length)]}\n{table}{page[end..]}";
    }

    static string Seconds(double? milliseconds) => (milliseconds / 1000)?.ToString(milliseconds < 1000 ? "0.000 s" : "0.0 s", CultureInfo.InvariantCulture) ?? "";

    // Losses are below 1.
    static string Range(IEnumerable<Row> rows, string peer)
    {
        double[] ratios = [.. rows.Where(row => row.Peer == peer).Select(row => row.Ratio!.Value)];
        return ratios.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{ratios.Min():0.00} to {ratios.Max():0.00}");
    }
}
