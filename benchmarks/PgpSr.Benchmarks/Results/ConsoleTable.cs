using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>Rows on the console, in a Markdown table or as JSON, and at the end of a file; one by one as they are measured.</summary>
sealed class ConsoleTable(bool json, string? path)
{
    const string Head = "| op              | shape               | kernel                   |       ms | GFLOP/s | of peak | peer  | form                     |  peer ms | GFLOP/s | ratio |     MB | peer MB | difference |";

    string _told = "";

    public void Begin(Machine machine)
    {
        if (!json) Console.WriteLine($"{machine}\n\n{Head}\n{string.Concat(Head.Select(c => c == '|' ? '|' : '-'))}");
        Keep(ResultFile.Line(machine));
    }

    public void Add(Row row)
    {
        if (!json)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {row.Op,-15} | {row.Shape,-19} | {row.KernelText,-24} | {row.Ms,8:0.000} | {row.Gflops,7:0.0} | {row.FractionOfPeak,7:0.000} ")
                + string.Create(CultureInfo.InvariantCulture, $"| {row.Peer,-5} | {row.PeerForm,-24} | {row.PeerMs,8:0.000} | {row.PeerGflops,7:0.0} | {row.Ratio,5:0.00} | {row.PeakMb,6:0} | {row.PeerPeakMb,7:0} | {row.Difference,10:0.0e+0} |"));
        }
        Keep(ResultFile.Line(row));
        if (row.Disturbed is { } disturbed && _told != (_told = $"{row.Op} {row.Shape}")) Console.Error.WriteLine($"{row.Op} {row.Shape}: other processes ran during {disturbed:0 %} of the turns");
        if (row.Wrong) Console.Error.WriteLine($"{row.Op} {row.Shape}: {row.Kernel} differs from {row.Peer} by {row.Difference:0.0e+0}, allowed {row.Tolerance:0.0e+0}");
    }

    void Keep(string line)
    {
        if (path is not null) File.AppendAllText(path, line + "\n");
        if (json) Console.WriteLine(line);
    }
}
