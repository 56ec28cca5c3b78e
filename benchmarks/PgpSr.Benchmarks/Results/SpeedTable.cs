using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>
/// The repository's own table of speed: programs and networks as they were measured on each machine, and the range of every operation beside each peer.
/// </summary>
static class SpeedTable
{
    public const string Begin = "<!-- speed: written by 'benchmarks/PgpSr.Benchmarks speed' -->", End = "<!-- /speed -->";

    const string Programs = "programs.jsonl";

    // Whole runs, which have a time and memory of their own.
    static readonly string[] s_runs = [Programs, "sdxl.jsonl", "sdxl-f32.jsonl", "sdxl-bf16.jsonl"];

    // What stands beside peers, as ranges.
    static readonly string[] s_besides = [.. s_runs[1..], "processes.jsonl", "networks.jsonl", "kernels.jsonl"];

    static readonly (string Head, string Peer)[] s_peers = [("ONNX Runtime", "ort"), ("libtorch", "torch"), ("libtorch bf16", "torch-bf16")];

    /// <summary>The lines between the marks: machines, tables, and what repeats their rows.</summary>
    /// <param name="folders">Of the results, as links name them.</param>
    /// <param name="root">Where those folders lie.</param>
    public static string Of(IReadOnlyList<string> folders, string root)
    {
        List<Result> all = [.. folders.Index().SelectMany(folder => Read((char)('A' + folder.Index), folder.Item, root))];
        char[] letters = [.. all.Select(result => result.Letter).Distinct()];
        var lines = new List<string>(letters.Select(letter => Head(letter, all.First(result => result.Letter == letter).Machine)));
        Result[] runs = [.. all.Where(result => s_runs.Contains(result.File) && result.Row.Ms is not null)];
        lines.AddRange(Table("two threads", [.. letters.Select(letter => $"{letter}")], runs.GroupBy(Name), (rows, column) =>
            rows.FirstOrDefault(result => $"{result.Letter}" == column) is { } run ? run.Link(Text($"{run.Row.Ms / 1000:0.0} s, {run.Row.PeakMb:0} MiB")) : ""));

        Result[] besides = [.. all.Where(result => s_besides.Contains(result.File) && Counts(result.Row))];
        bool Measured(char letter, string peer) => besides.Any(result => result.Letter == letter && result.Row.Peer == peer);
        var columns = (from letter in letters from peer in s_peers where Measured(letter, peer.Peer) select (letter, peer)).ToArray();
        string[] heads = [.. columns.Select(column => $"{column.letter}: {column.peer.Head}")];
        IEnumerable<Result> Cell(IEnumerable<Result> rows, string head)
        {
            var (letter, peer) = columns[Array.IndexOf(heads, head)];
            return rows.Where(result => result.Letter == letter && result.Row.Peer == peer.Peer);
        }
        lines.AddRange(Table("times their speed", heads, besides.GroupBy(Operation), (rows, head) => Range(Cell(rows, head), row => row.Ratio)));
        lines.AddRange(Table("part of their memory", heads, besides.Where(result => result.Row.MemoryRatio is not null).GroupBy(Operation),
            (rows, head) => Range(Cell(rows, head), row => row.MemoryRatio)));

        IEnumerable<Row> operations = besides.GroupBy(result => (result.File, result.Row.Op)).Select(rows => Again([.. rows.Select(result => result.Row)]));
        IEnumerable<string> commands = runs.Select(run => run.Row).Concat(operations).Select(row => ResultPage.Command(row, ["torch"])).Distinct();
        return $"{string.Join('\n', lines)}\n\nAgain:\n\n```text\n{string.Join('\n', commands)}\n```\n";
    }

    /// <summary>A page with a new table between its marks.</summary>
    /// <exception cref="FormatException">It has no marks.</exception>
    public static string Replace(string page, string table)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new FormatException($"the page has no '{Begin}' with '{End}' after it");
        return $"{page[..(begin + Begin.Length)]}\n{table}{page[end..]}";
    }

    sealed record Result(char Letter, string Folder, string File, Machine Machine, Row Row)
    {
        public string Link(string text) => $"[{text}]({Folder}/{File})";
    }

    static IEnumerable<Result> Read(char letter, string folder, string root)
    {
        foreach (string file in s_runs.Concat(s_besides).Distinct())
        {
            string path = Path.Combine(root, folder, file);
            if (!File.Exists(path)) continue;
            var (machines, rows) = ResultFile.Read(path);
            foreach (Row row in ResultFile.Latest(rows)) yield return new Result(letter, folder, file, machines[^1], row);
        }
    }

    static string Head(char letter, Machine machine) => Text($"{letter}: {machine.Cpu}, {machine.Cores} cores, {machine.VectorBits}-bit; {machine.Runtime}.  ");

    // The shape stands behind the operation's first word: network sdxl@64, own process, f16 weights.
    static string Name(Result result) => result.Row.Op.Split(", ") is [var first, .. var rest] && result.File != Programs
        ? string.Join(", ", [$"{first} {result.Row.Shape}", .. rest, $"{result.Row.Weights} weights"]) : $"{result.Row.Shape}, {result.Row.Kernel}";

    static string Operation(Result result) => result.File.StartsWith("sdxl", StringComparison.Ordinal) ? Name(result) : result.Row.Op;

    static IEnumerable<string> Table<TRows>(string corner, string[] heads, IEnumerable<TRows> rows, Func<TRows, string, string> cell)
        where TRows : IGrouping<string, Result> =>
        [
            "", $"| {corner} | {string.Join(" | ", heads)} |", $"|---|{string.Concat(heads.Select(_ => "---:|"))}",
            .. rows.Select(row => $"| {row.Key} | {string.Join(" | ", heads.Select(head => cell(row, head)))} |"),
        ];

    static bool Counts(Row row) =>
        row.Ratio is not null && row.Threads is null or 2 && row.Compiled is null && row.Kernel?.Contains("direct", StringComparison.Ordinal) == false;

    static string Range(IEnumerable<Result> results, Func<Row, double?> value)
    {
        Result[] known = [.. results.Where(result => value(result.Row) is not null).OrderBy(result => value(result.Row))];
        return known.Length == 0 ? "" : known[0].Link(string.Join('–', new[] { known[0], known[^1] }.Select(result => Text($"{value(result.Row):0.00}")).Distinct()));
    }

    // All shapes of an operation by one command.
    static Row Again(Row[] rows)
    {
        string weights = string.Join(',', rows.Select(row => row.Weights ?? "f32").Distinct());
        return rows[^1] with { Command = rows[^1].Command ?? $"compare --op {rows[^1].Op} --weights {weights} --peer ort,torch" };
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
