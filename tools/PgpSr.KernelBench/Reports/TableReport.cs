using System.Globalization;

namespace PgpSr.KernelBench;

/// <summary>A Markdown table that also reads well in a terminal.</summary>
sealed class TableReport(TextWriter output) : IReport
{
    public void Begin(MachineFacts machine)
    {
        output.WriteLine(machine.ToString());
        output.WriteLine();
        output.WriteLine("| op              | shape               | kernel                   |       ms | GFLOP/s | of peak "
            + "| peer  | form                     |  peer ms | GFLOP/s | ratio | difference |");
        output.WriteLine("|-----------------|---------------------|--------------------------|---------:|--------:|--------:"
            + "|-------|--------------------------|---------:|--------:|------:|-----------:|");
    }

    public void Add(BenchRow row)
    {
        string kernel = row.Kernel is null ? "" : row.Weights is null ? row.Kernel : $"{row.Kernel}, {row.Weights}";
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"| {row.Work.Operation,-15} | {row.Work.Shape,-19} | {kernel,-24} | {row.Milliseconds,8:0.000} | {row.Gflops,7:0.0} "));
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"| {row.FractionOfPeak,7:0.000} | {row.Peer,-5} | {row.PeerForm,-24} | {row.PeerMilliseconds,8:0.000} | {row.PeerGflops,7:0.0} "));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {row.Ratio,5:0.00} | {row.Difference,10:0.0e+0} |"));
        output.Flush();
    }
}
