using System.Globalization;
using System.Text;

namespace PgpSr.Benchmarks;

/// <summary>The repository's own table of speed: programs, pictures and networks as they were measured, and the range of every operation beside each peer.</summary>
static class SpeedTable
{
    public const string Begin = "<!-- speed: written by 'benchmarks/PgpSr.Benchmarks speed' -->", End = "<!-- /speed -->";

    // What is read beside programs.jsonl, of which a README has the ranges.
    static readonly string[] s_files = ["processes.jsonl", "sdxl.jsonl", "sdxl-f32.jsonl", "networks.jsonl", "kernels.jsonl"];

    /// <summary>The lines between the marks: the tables, and what repeats their rows.</summary>
    /// <param name="folder">Of the results, as links name it.</param>
    /// <param name="root">Where that folder lies.</param>
    public static string Of(string folder, string root)
    {
        var table = new StringBuilder("| | time | memory |\n|---|---:|---:|\n");
        var commands = new List<string>();
        foreach (Row row in Rows("programs.jsonl").Where(row => row.Ms is not null))
        {
            table.Append(CultureInfo.InvariantCulture, $"| [{row.Shape}]({folder}/programs.jsonl), {row.Kernel} | {row.Ms / 1000:0.0} s | {row.PeakMb:0} MiB |\n");
            commands.Add(ResultPage.Command(row, []));
        }
        table.Append("\n| operation, two threads | times ONNX Runtime's speed | times libtorch's |\n|---|---:|---:|\n");
        foreach (var (file, operation) in s_files.SelectMany(file => Rows(file).Where(Counts).GroupBy(row => row.Op).Select(rows => (file, rows))))
        {
            void Line(string head, Func<Row, double?> value) => table.Append($"| {head} | {Range(operation, "ort", value)} | {Range(operation, "torch", value)} |\n");
            Line($"[{operation.Key}]({folder}/{file})", row => row.Ratio);
            if (operation.Any(row => row.MemoryRatio is not null)) Line("its part of their memory", row => row.MemoryRatio);
            string weights = string.Join(',', operation.Select(row => row.Weights ?? "f32").Distinct());
            Row last = operation.Last();
            commands.Add(ResultPage.Command(last with { Command = last.Command ?? $"compare --op {operation.Key} --weights {weights} --peer ort,torch" }, ["torch"]));
        }
        return $"{table}\nAgain:\n\n```text\n{string.Join('\n', commands.Distinct())}\n```\n";

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

    static bool Counts(Row row) =>
        row.Ratio is not null && row.Threads is null or 2 && row.Compiled is null && row.Kernel?.Contains("direct", StringComparison.Ordinal) == false;

    // Losses are below 1.
    static string Range(IEnumerable<Row> rows, string peer, Func<Row, double?> value)
    {
        double[] ratios = [.. rows.Where(row => row.Peer == peer).Select(value).OfType<double>().Order()];
        string[] ends = [.. ratios.Take(1).Concat(ratios.TakeLast(1)).Select(ratio => ratio.ToString("0.00", CultureInfo.InvariantCulture)).Distinct()];
        return ends.Length == 0 ? "-" : string.Join('–', ends);
    }
}
