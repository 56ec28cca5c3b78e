using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary><c>apart</c>: a work by each contender in a process of its own, by turns; medians of times and of resident peaks.</summary>
sealed class ApartCommand() : MeasuringCommand(
    "apart", "Times works by each contender in its own process, by turns, and tells what memory each takes; outputs are compared.",
    Number("--rounds", "processes of every contender", 3, 1000), Number("--sample-ms", "measured in each; a run at least", 1000, 60_000))
{
    /// <summary>An operation as its rows are called.</summary>
    public static string OperationOf(string operation) => $"{operation}, own process";

    protected override int Run(ParseResult line, Asked asked)
    {
        string folder = Directory.CreateTempSubdirectory("pgpsr-apart-").FullName;
        try
        {
            return Tell(line, Machine.Measure(asked.Turns.Threads, []), work => Rows(work, asked, folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static IEnumerable<Row> Rows(Work work, Asked asked, string folder)
    {
        IEnumerable<string> names = (from weights in asked.Weights from precision in asked.Precisions select AloneCommand.NameOf(weights, precision)).Concat(asked.Peers);
        Contender[] all = [.. names.Select(name => new Contender(name, work, asked.Turns, Path.Combine(folder, name))).Where(contender => contender.Take())];
        for (int round = 0; round < asked.Turns.Rounds; round++)
            foreach (Contender contender in all) contender.Take();
        Contender[] theirs = [.. all.Where(contender => !contender.IsOurs)];
        foreach (Contender ours in all.Except(theirs))
        {
            Row row = ours.Row with
            {
                Op = OperationOf(work.Operation),
                Threads = asked.Turns.Threads,
                Command = $"apart --op {work.Operation} --shape {work.Shape} --weights {ours.Weights}{(ours.Precision == "f32" ? "" : $" --precision {ours.Precision}")}"
                    + (asked.Peers.Length > 0 ? $" --peer {string.Join(',', asked.Peers)}" : ""),
            };
            foreach (Row beside in theirs.Length == 0 ? [row] : theirs.Select(their => their.Beside(row, ours))) yield return beside;
        }
    }
}
