using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary>Measures works by contenders, rows told as they come. Exit code 1 where a result differs from a peer's.</summary>
abstract class MeasuringCommand : WorkCommand
{
    readonly Option<string[]> _peers = Peers(), _weights = Weights("f32");
    readonly Option<string[]> _precision = Names("--precision", "f32, bf16: what the CPU backend multiplies", ["f32"], ["f32", "bf16"]);
    readonly Option<int> _threads = Number("--threads", "of every contender", 2, 1024), _rounds, _sample;
    readonly Option<string?> _out = Out();

    protected MeasuringCommand(string name, string description, Option<int> rounds, Option<int> sample)
        : base(name, description)
    {
        (_rounds, _sample) = (rounds, sample);
        Takes(_peers, _weights, _precision, _threads, _rounds, _sample, _out);
        SetAction(line => Run(line, new Asked(
            [.. line.GetValue(_peers)!.Where(peer => peer != "none")], line.GetValue(_weights)!, line.GetValue(_precision)!,
            new TurnOptions(line.GetValue(_threads), line.GetValue(_rounds), line.GetValue(_sample) * 1e-3))));
    }

    protected sealed record Asked(string[] Peers, string[] Weights, string[] Precisions, TurnOptions Turns);

    protected abstract int Run(ParseResult line, Asked asked);

    /// <summary>Measures each work; returns the exit code.</summary>
    protected int Tell(ParseResult line, Machine machine, Func<Work, IEnumerable<Row>> measure)
    {
        var table = new ConsoleTable(line.GetValue(_out));
        table.Begin(machine);
        foreach (Row row in Works(line).SelectMany(measure)) table.Add(row);
        return table.Wrong ? 1 : 0;
    }
}
