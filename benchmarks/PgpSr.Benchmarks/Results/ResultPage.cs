using System.Globalization;
using System.Text;

namespace PgpSr.Benchmarks;

/// <summary>The Markdown page of a machine's results: tables, the command that repeats each row, plots.</summary>
static class ResultPage
{
    // From here on a row's times are told apart: ratios of alternating turns hold, times do not.
    const double Busy = 0.5;

    /// <summary>The page; writes its plots into <paramref name="folder"/>.</summary>
    /// <param name="files">Results; in later files and lines a row replaces an earlier one.</param>
    /// <param name="folder">Where the page will lie.</param>
    /// <exception cref="FormatException">A file is not what <c>--out</c> writes.</exception>
    public static string Write(IReadOnlyList<string> files, string folder)
    {
        var machines = new List<Machine>();
        var all = new List<Row>();
        foreach (string file in files)
        {
            var (some, rows) = ResultFile.Read(file);
            machines.AddRange(some);
            all.AddRange(rows);
        }
        if (machines.Count == 0) throw new FormatException($"{string.Join(", ", files)}: no line with op '{Machine.Line}'");
        List<Row> latest = ResultFile.Latest(all);
        var page = new StringBuilder();
        Head(page, machines, files);
        foreach (var (name, svg, text) in ResultPlots.Of(latest, machines))
        {
            File.WriteAllText(Path.Combine(folder, name), svg);
            page.Append(CultureInfo.InvariantCulture, $"\n![{text}]({name})\n");
        }
        int missed = 0, set = 0;
        foreach (IGrouping<string, Row> operation in latest.GroupBy(row => row.Op)) Table(page, [.. operation], ref set, ref missed);
        if (set > 0) page.Append(CultureInfo.InvariantCulture, $"\n{set} targets, {set - missed} reached, {missed} missed (bold).\n");
        return page.ToString();
    }

    static void Head(StringBuilder page, List<Machine> machines, IReadOnlyList<string> files)
    {
        string Texts(Func<Machine, object> value) => string.Join(", ", machines.Select(value).Distinct());
        page.Append(CultureInfo.InvariantCulture, $"# {Texts(m => m.Cpu)}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{Texts(m => m.System)}; {Texts(m => m.Runtime)}; {string.Join("; ", machines.SelectMany(m => m.Versions).Distinct())}; ");
        page.Append(CultureInfo.InvariantCulture, $"{machines.Max(m => m.Utc):yyyy-MM-dd HH:mm} UTC.\n");
        if (machines.Max(m => m.VectorBits) > 0) page.Append(CultureInfo.InvariantCulture, $"{Texts(m => m.Cores)} cores, {Texts(m => m.VectorBits)}-bit vectors.\n");
        Span(page, "multiply-add peak", "GFLOP/s", machines.Select(m => m.PeakGflops));
        Span(page, "memory", "GB/s", machines.Select(m => m.BandwidthGbs));
        page.Append(CultureInfo.InvariantCulture, $"""

            Medians; where a peer stands in a row, of alternating turns in one process, outputs compared first. The peak is measured between the turns.
            Ratio: the peer's time over ours. GFLOP/s count the definition's operations, so Winograd may pass 1 of the peak. Each peer is shown in its
            fastest form. Difference: the largest root mean square between our output and a peer's, relative. Targets stand in brackets, missed ones are
            bold. † other processes ran in half of the turns or more: ratios hold, times do not. Data: {string.Join(", ", files.Select(f => $"[{Path.GetFileName(f)}]({Path.GetFileName(f)})"))}.

            """);
    }

    // Not every program measures it.
    static void Span(StringBuilder page, string what, string unit, IEnumerable<double> values)
    {
        double[] known = [.. values.Where(value => value > 0)];
        if (known.Length > 0) page.Append(CultureInfo.InvariantCulture, $"Measured {what}: {known.Min():0} to {known.Max():0} {unit}.\n");
    }

    static void Table(StringBuilder page, List<Row> rows, ref int set, ref int missed)
    {
        string[] peers = [.. rows.Select(r => r.Peer).OfType<string>().Distinct()];
        bool timed = rows.Any(r => r.Ms is not null || r.PeerMs is not null), memory = rows.Any(r => r.PeakMb is not null), apart = rows.Any(r => r.MemoryRatio is not null);
        bool bytes = rows.Any(r => r.Gbs is not null), streamed = rows.Any(r => r.StreamMs is not null), noted = rows.Any(r => r.Note is not null);
        string[] head =
        [
            "shape", "kernel",
            .. timed ? (string[])["ms", bytes ? "GB/s" : "GFLOP/s", streamed ? "of two reads and one write: same tensor; from memory" : "of peak"] : [],
            .. memory ? (string[])["memory, MB"] : [],
            .. peers.SelectMany(p => (string[])[$"{PeerName(p)} ms", "ratio", .. apart ? (string[])["MB", "our part"] : []]),
            .. peers.Length > 0 || !timed ? (string[])["difference"] : [], .. noted ? (string[])["note"] : [],
        ];
        page.Append(CultureInfo.InvariantCulture, $"\n## {rows[0].Op}\n\n| {string.Join(" | ", head)} |\n|---|---|{string.Concat(head.Skip(2).Select(name => name == "note" ? "---|" : "---:|"))}\n");
        foreach (var kernel in rows.GroupBy(r => (r.Shape, r.KernelText)))
        {
            Row row = kernel.First();
            var cells = new List<string> { $"{row.Shape}<br><sub>`{Command(row, [.. kernel.Select(r => r.Peer).OfType<string>()])}`</sub>", row.KernelText };
            if (timed)
            {
                cells.Add(Number(row.Ms, "0.000") + (row.Disturbed >= Busy ? " †" : ""));
                cells.Add(bytes ? Number(row.Gbs, "0.0") : Number(row.Gflops, "0"));
                cells.Add(Judged(row.FractionOfPeak, row, Target.Peak, ref set, ref missed) + (row.FractionOfMemory is { } m ? $"; {Number(m, "0.00")}" : ""));
            }
            if (memory) cells.Add(Number(row.PeakMb, "0.0"));
            foreach (string peer in peers)
            {
                Row? beside = kernel.FirstOrDefault(r => r.Peer == peer);
                cells.Add(beside is null ? "" : $"{Number(beside.PeerMs, "0.000")} ({beside.PeerForm})");
                cells.Add(Judged(beside?.Ratio, row, peer, ref set, ref missed));
                if (!apart) continue;
                cells.Add(Number(beside?.PeerPeakMb, "0.0"));
                cells.Add(Judged(beside?.MemoryRatio, row, peer + Target.Memory, ref set, ref missed));
            }
            if (peers.Length > 0 || !timed)
                cells.Add(Number(kernel.Max(r => r.Difference), "0e+0") + (timed ? "" : row.Wrong ? $" **wrong** (allowed {Number(row.Tolerance, "0e+0")})" : $" of {Number(row.Tolerance, "0e+0")}"));
            if (noted) cells.Add(row.Note ?? "");
            page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        }
    }

    static string Judged(double? value, Row row, string of, ref int set, ref int missed)
    {
        Target? target = Target.Find(row, of);
        if (target is not null && value is { } number)
        {
            set++;
            if (!target.Reached(number)) missed++;
        }
        return Target.Text(value, target);
    }

    /// <summary>What repeats a row, with the SDK alone.</summary>
    public static string Command(Row row, IReadOnlyList<string> peers)
    {
        static string Program(string head) => $"dotnet run -c Release --project benchmarks/PgpSr.Benchmarks{head} --";
        bool torch = peers.Any(p => p.StartsWith("torch", StringComparison.Ordinal));
        if (row.Command is { } own) return own.StartsWith("pgpsr", StringComparison.OrdinalIgnoreCase) ? own : $"{Program(torch ? ".Torch" : "")} {own}";
        string kernel = row.Kernel ?? "";
        return $"{Program(torch ? ".Torch" : "")} compare --op {row.Op} --shape {row.Shape}"
            + (kernel.StartsWith('v') ? $" --kernel {kernel.Split(' ')[0]}" : "") + (kernel.Contains("direct", StringComparison.Ordinal) ? " --direct" : "")
            + (row.Weights is { } weights ? $" --weights {weights}" : "") + (row.Threads is { } threads ? $" --threads {threads}" : "")
            + (peers.Count > 0 ? $" --peer {string.Join(',', peers)}" : "");
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
