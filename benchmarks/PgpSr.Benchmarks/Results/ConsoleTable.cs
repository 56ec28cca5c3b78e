using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>Rows on the console, in a Markdown table, and as JSON at the end of a file; one by one as they are measured.</summary>
sealed class ConsoleTable(string? path)
{
    const string Head = "| op              | shape               | kernel                   |       ms | GFLOP/s | of peak "
        + "| peer  | form                     |  peer ms | GFLOP/s | ratio |     MB | peer MB | difference |";

    string _told = "";

    /// <summary>Whether a result differed by more than it may.</summary>
    public bool Wrong { get; private set; }

    public void Begin(Machine machine)
    {
        Console.WriteLine($"{machine}\n\n{Head}\n{string.Concat(Head.Select(c => c == '|' ? '|' : '-'))}");
        Keep(ResultFile.Line(machine));
    }

    public void Add(Row row)
    {
        FormattableString ours = $"| {row.Op,-15} | {row.Shape,-19} | {row.KernelText,-24} | {row.Ms,8:0.000} | {row.Gflops,7:0.0} | {row.FractionOfPeak,7:0.000} ";
        FormattableString theirs = $"| {row.Peer,-5} | {row.PeerForm,-24} | {row.PeerMs,8:0.000} | {row.PeerGflops,7:0.0} | {row.Ratio,5:0.00} ";
        FormattableString both = $"| {row.PeakMb,6:0} | {row.PeerPeakMb,7:0} | {row.Difference,10:0.0e+0} |";
        Console.WriteLine(string.Concat(((FormattableString[])[ours, theirs, both]).Select(text => text.ToString(CultureInfo.InvariantCulture))));
        Keep(ResultFile.Line(row));
        if (row.Disturbed is { } disturbed && _told != (_told = $"{row.Op} {row.Shape}"))
            Console.Error.WriteLine($"{_told}: other processes ran during {disturbed:0 %} of the turns");
        if (!row.Wrong) return;
        Wrong = true;
        string other = row.Peer ?? "the processor's";
        Console.Error.WriteLine($"{row.Op} {row.Shape}: {row.Kernel} differs from {other} by {row.Difference:0.0e+0}, allowed {row.Tolerance:0.0e+0}");
    }

    void Keep(string line)
    {
        if (path is not null) File.AppendAllText(path, line + "\n");
    }
}
