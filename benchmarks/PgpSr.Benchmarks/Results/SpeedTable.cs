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
        foreach (string file in s_files)
        {
            var rows = Rows(file).Where(row => row.Ratio is not null && row.Threads is null or 2 && row.Compiled is null && row.Kernel?.Contains("direct", StringComparison.Ordinal) == false);
            foreach (var operation in rows.GroupBy(row => row.Op))
            {
                table.Append(CultureInfo.InvariantCulture, $"| [{operation.Key}]({folder}/{file}) | {Range(operation, "ort", row => row.Ratio)} | {Range(operation, "torch", row => row.Ratio)} |\n");
                if (operation.Any(row => row.MemoryRatio is not null))
                    table.Append(CultureInfo.InvariantCulture, $"| its part of their memory | {Range(operation, "ort", row => row.MemoryRatio)} | {Range(operation, "torch", row => row.MemoryRatio)} |\n");
                string command = $"compare --op {operation.Key} --weights {string.Join(',', operation.Select(row => row.Weights ?? "f32").Distinct())} --peer ort,torch";
                commands.Add(ResultPage.Command(operation.Last().Command is null ? operation.Last() with { Command = command } : operation.Last(), ["torch"]));
            }
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

    // Losses are below 1.
    static string Range(IEnumerable<Row> rows, string peer, Func<Row, double?> value)
    {
        double[] ratios = [.. rows.Where(row => row.Peer == peer).Select(value).OfType<double>()];
        string Text(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
        return ratios.Length == 0 ? "-" : Text(ratios.Min()) == Text(ratios.Max()) ? Text(ratios[0]) : $"{Text(ratios.Min())}–{Text(ratios.Max())}";
    }
}
