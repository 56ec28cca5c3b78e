using System.Globalization;
using System.Text;

namespace PgpSr.Benchmarks;

/// <summary>The Markdown page of a machine's results: tables, the command that repeats each row, plots.</summary>
sealed class ResultPage
{
    // From here on a row's times are told apart: ratios of alternating turns hold, times do not.
    const double Busy = 0.5;

    readonly StringBuilder _page = new();
    int _targets, _missed;

    /// <summary>The page; writes its plots into <paramref name="folder"/>.</summary>
    /// <param name="files">Results; in later files and lines a row replaces an earlier one.</param>
    /// <param name="folder">Where the page will lie.</param>
    /// <exception cref="FormatException">A file is not what <c>--out</c> writes.</exception>
    public static string Write(IReadOnlyList<string> files, string folder)
    {
        var read = files.Select(ResultFile.Read).ToList();
        Machine[] machines = [.. read.SelectMany(file => file.Machines)];
        if (machines.Length == 0) throw new FormatException($"{string.Join(", ", files)}: no line with op '{Machine.Line}'");
        List<Row> latest = ResultFile.Latest(read.SelectMany(file => file.Rows));
        var page = new ResultPage();
        page.Head(machines, files);
        foreach (var (name, svg, text) in ResultPlots.Of(latest, machines))
        {
            File.WriteAllText(Path.Combine(folder, name), svg);
            page.Add($"\n![{text}]({name})\n");
        }
        foreach (IGrouping<string, Row> operation in latest.GroupBy(row => row.Op)) page.Table([.. operation]);
        if (page._targets > 0) page.Add($"\n{page._targets} targets, {page._targets - page._missed} reached, {page._missed} missed (bold).\n");
        return page._page.ToString();
    }

    void Add(FormattableString text) => _page.Append(text.ToString(CultureInfo.InvariantCulture));

    void Head(Machine[] machines, IReadOnlyList<string> files)
    {
        string Texts(Func<Machine, object> value) => string.Join(", ", machines.Select(value).Distinct());
        Add($"# {Texts(m => m.Cpu)}\n\n{Texts(m => m.System)}; {Texts(m => m.Runtime)}; {string.Join("; ", machines.SelectMany(m => m.Versions).Distinct())}; ");
        Add($"{machines.Max(m => m.Utc):yyyy-MM-dd HH:mm} UTC.\n");
        if (machines.Max(m => m.VectorBits) > 0) Add($"{Texts(m => m.Cores)} cores, {Texts(m => m.VectorBits)}-bit vectors.\n");
        // Not every program measures it.
        void Span(string what, string unit, Func<Machine, double> value)
        {
            double[] known = [.. machines.Select(value).Where(number => number > 0)];
            if (known.Length > 0) Add($"Measured {what}: {known.Min():0} to {known.Max():0} {unit}.\n");
        }
        Span("multiply-add peak", "GFLOP/s", m => m.PeakGflops);
        Span("memory", "GB/s", m => m.BandwidthGbs);
        IEnumerable<string> data = files.Select(file => $"[{Path.GetFileName(file)}]({Path.GetFileName(file)})");
        Add($"""

            Medians; where a peer stands in a row, of alternating turns in one process, outputs compared first. The peak is measured between the turns.
            Ratio: the peer's time over ours. GFLOP/s count the definition's operations, so Winograd may pass 1 of the peak. Each peer is shown in its
            fastest form. Difference: the largest root mean square between our output and a peer's, relative. Targets stand in brackets, missed ones are
            bold. † other processes ran in half of the turns or more: ratios hold, times do not. Data: {string.Join(", ", data)}.

            """);
    }

    // A line for each kernel at each shape, with all its peers; columns that would be empty are left out.
    void Table(List<Row> rows)
    {
        string[] peers = [.. rows.Select(r => r.Peer).OfType<string>().Distinct()];
        bool timed = rows.Any(r => r.Ms is not null || r.PeerMs is not null), apart = rows.Any(r => r.MemoryRatio is not null);
        var columns = new List<(string Head, Func<Row[], string> Cell)>
        {
            ("shape", kernel => $"{kernel[0].Shape}<br><sub>`{Command(kernel[0], [.. kernel.Select(r => r.Peer).OfType<string>()])}`</sub>"),
            ("kernel", kernel => kernel[0].KernelText),
        };
        void Column(bool shown, string head, Func<Row, string> cell)
        {
            if (shown) columns.Add((head, kernel => cell(kernel[0])));
        }
        Column(timed, "ms", row => Number(row.Ms, "0.000") + (row.Disturbed >= Busy ? " †" : ""));
        bool bytes = rows.Any(r => r.Gbs is not null);
        Column(timed, bytes ? "GB/s" : "GFLOP/s", row => bytes ? Number(row.Gbs, "0.0") : Number(row.Gflops, "0"));
        Column(timed, rows.Any(r => r.StreamMs is not null) ? "of two reads and one write: same tensor; from memory" : "of peak",
            row => Judged(row.FractionOfPeak, row, Target.Peak) + (row.FractionOfMemory is { } memory ? $"; {Number(memory, "0.00")}" : ""));
        Column(rows.Any(r => r.PeakMb is not null), "memory, MB", row => Number(row.PeakMb, "0.0"));
        foreach (string peer in peers)
        {
            void Beside(bool shown, string head, Func<Row, string> cell)
            {
                if (shown) columns.Add((head, kernel => kernel.FirstOrDefault(r => r.Peer == peer) is { } row ? cell(row) : ""));
            }
            Beside(true, $"{PeerName(peer)} ms", row => $"{Number(row.PeerMs, "0.000")} ({row.PeerForm})");
            Beside(true, "ratio", row => Judged(row.Ratio, row, peer));
            Beside(apart, "MB", row => Number(row.PeerPeakMb, "0.0"));
            Beside(apart, "our part", row => Judged(row.MemoryRatio, row, peer + Target.Memory));
        }
        if (peers.Length > 0 || !timed)
        {
            columns.Add(("difference", kernel => Number(kernel.Max(r => r.Difference), "0e+0")
                + (timed ? "" : $"{(kernel[0].Wrong ? " **wrong** (allowed " : " of ")}{Number(kernel[0].Tolerance, "0e+0")}{(kernel[0].Wrong ? ")" : "")}")));
        }
        Column(rows.Any(r => r.Note is not null), "note", row => row.Note ?? "");
        Add($"\n## {rows[0].Op}\n\n| {string.Join(" | ", columns.Select(c => c.Head))} |\n");
        Add($"|{string.Concat(columns.Select(c => c.Head is "shape" or "kernel" or "note" ? "---|" : "---:|"))}\n");
        foreach (var kernel in rows.GroupBy(r => (r.Shape, r.KernelText))) Add($"| {string.Join(" | ", columns.Select(c => c.Cell([.. kernel])))} |\n");
    }

    string Judged(double? value, Row row, string of)
    {
        Target? target = Target.Find(row, of);
        if (target is not null && value is { } number)
        {
            _targets++;
            if (!target.Reached(number)) _missed++;
        }
        return Target.Text(value, target);
    }

    /// <summary>What repeats a row, with the SDK alone.</summary>
    public static string Command(Row row, IReadOnlyList<string> peers)
    {
        string kernel = row.Kernel ?? "", head = peers.Any(p => p.StartsWith("torch", StringComparison.Ordinal)) ? ".Torch" : "";
        string command = row.Command ?? $"compare --op {row.Op} --shape {row.Shape}"
            + (kernel.StartsWith('v') ? $" --kernel {kernel.Split(' ')[0]}" : "") + (kernel.Contains("direct", StringComparison.Ordinal) ? " --direct" : "")
            + (row.Weights is { } weights ? $" --weights {weights}" : "") + (row.Threads is { } threads ? $" --threads {threads}" : "")
            + (peers.Count > 0 ? $" --peer {string.Join(',', peers)}" : "");
        return command.StartsWith("pgpsr", StringComparison.OrdinalIgnoreCase) ? command
            : $"dotnet run -c Release --project benchmarks/PgpSr.Benchmarks{head} -- {command}";
    }

    static string PeerName(string peer) => peer switch
    {
        "ort" => "ONNX Runtime",
        "torch" => "libtorch",
        "torch-bf16" => "libtorch bf16",
        _ => peer,
    };

    static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
