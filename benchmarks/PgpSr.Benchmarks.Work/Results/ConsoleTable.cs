using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>A Markdown table that also reads well in a terminal, row by row as they are measured.</summary>
sealed class ConsoleTable(TextWriter output)
{
    public void Begin(Machine machine)
    {
        output.WriteLine(machine.ToString());
        output.WriteLine();
        output.WriteLine("| op              | shape               | kernel                   |       ms | GFLOP/s | of peak "
            + "| peer  | form                     |  peer ms | GFLOP/s | ratio | difference |");
        output.WriteLine("|-----------------|---------------------|--------------------------|---------:|--------:|--------:"
            + "|-------|--------------------------|---------:|--------:|------:|-----------:|");
    }

    public void Add(Row row)
    {
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"| {row.Op,-15} | {row.Shape,-19} | {row.KernelText,-24} | {row.Ms,8:0.000} | {row.Gflops,7:0.0} "));
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"| {row.FractionOfPeak,7:0.000} | {row.Peer,-5} | {row.PeerForm,-24} | {row.PeerMs,8:0.000} | {row.PeerGflops,7:0.0} "));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {row.Ratio,5:0.00} | {row.Difference,10:0.0e+0} |"));
        output.Flush();
    }
}
