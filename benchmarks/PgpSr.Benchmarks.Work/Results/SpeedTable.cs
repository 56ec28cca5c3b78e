using System.Globalization;
using System.Text;

namespace PgpSr.Benchmarks;

/// <summary>The repository's own table of speed: programs and networks as they were measured, and the range of every operation beside each peer.</summary>
static class SpeedTable
{
    public const string Begin = "<!-- speed: written by 'benchmarks/PgpSr.Benchmarks speed' -->", End = "<!-- /speed -->";

    /// <summary>The lines between the marks.</summary>
    /// <param name="folder">Of the results, as links name it.</param>
    /// <param name="root">Where that folder lies.</param>
    public static string Of(string folder, string root)
    {
        var table = new StringBuilder();
        table.Append("| | time | memory |\n|---|---:|---:|\n");
        foreach (Row row in Rows("programs.jsonl").Where(row => row.Ms is not null))
            table.Append(CultureInfo.InvariantCulture, $"| [{row.Shape}]({folder}/programs.jsonl), {row.Kernel} | {row.Ms / 1000:0.0} s | {row.PeakMb:0} MiB |\n");
        table.Append("\n| operation, two threads | times ONNX Runtime's speed | times libtorch's |\n|---|---:|---:|\n");
        foreach (var operation in Rows("kernels.jsonl").Where(row => row.Ratio is not null && row.Kernel?.Contains("direct", StringComparison.Ordinal) == false).GroupBy(row => row.Op))
            table.Append(CultureInfo.InvariantCulture, $"| [{operation.Key}]({folder}/README.md) | {Range(operation, "ort")} | {Range(operation, "torch")} |\n");
        return table.ToString();

        List<Row> Rows(string file) => ResultFile.Latest(ResultFile.Read(Path.Combine(root, folder, file)).Rows);
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
    static string Range(IEnumerable<Row> rows, string peer)
    {
        double[] ratios = [.. rows.Where(row => row.Peer == peer).Select(row => row.Ratio!.Value)];
        return ratios.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{ratios.Min():0.00} to {ratios.Max():0.00}");
    }
}
