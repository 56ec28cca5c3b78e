using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary><c>compare</c>: works by our kernel sets beside their peers, in alternating turns of one process; medians.</summary>
sealed class CompareCommand : Command
{
    readonly WorkOptions _work;
    readonly Option<string[]> _peer = WorkOptions.Peers(), _kernel = WorkOptions.Kernels(), _weights = WorkOptions.Weights("f32");
    readonly Option<string[]> _precision = WorkOptions.Names("--precision", "f32, bf16: what the CPU backend multiplies", ["f32"], ["f32", "bf16"]);
    readonly Option<bool> _direct = new("--direct") { Description = "convolutions also without Winograd" };
    readonly Option<int> _threads = WorkOptions.Number("--threads", "of every contender", 2, 1024);
    readonly Option<int> _rounds = WorkOptions.Number("--rounds", "turns of every contender", 7, 10_000);
    readonly Option<int> _sample = WorkOptions.Number("--sample-ms", "of a turn; a run at least", 60, 60_000);
    readonly Option<bool> _profile = new("--profile") { Description = "networks: also seconds by zone" };
    readonly Option<bool> _json = new("--json") { Description = "a JSON object a line instead of the table" };
    readonly Option<string?> _out = WorkOptions.Out();
    readonly PeerList _peers;

    public CompareCommand(PeerList peers)
        : base("compare", "Times works by our kernel sets, beside their peers, in alternating turns; outputs are compared first.")
    {
        _peers = peers;
        _work = new WorkOptions(this);
        foreach (Option option in (Option[])[_peer, _kernel, _weights, _precision, _direct, _threads, _rounds, _sample, _profile, _json, _out]) Options.Add(option);
        SetAction(Run);
    }

    int Run(ParseResult line)
    {
        List<IPeer> peers = [.. line.GetValue(_peer)!.Where(name => name != "none").Select(_peers.Make)];
        var turns = new TurnOptions(line.GetValue(_threads), line.GetValue(_rounds), line.GetValue(_sample) * 1e-3);
        string?[] kernels = line.GetValue(_kernel)!;
        CpuPeer[] sets = [.. from kernel in kernels.DefaultIfEmpty()
            from weights in line.GetValue(_weights)!
            from precision in line.GetValue(_precision)!
            from direct in line.GetValue(_direct) ? (bool[])[false, true] : [false]
            select new CpuPeer(kernel, weights, precision, direct)];
        var table = new ConsoleTable(line.GetValue(_json), line.GetValue(_out));
        Machine machine = Machine.Measure(turns.Threads, [.. peers.Select(p => p.Version)]);
        table.Begin(machine);
        bool right = true;
        foreach (Work work in _work.Of(line))
        {
            foreach (Row row in Alternation.Measure(work, machine, sets, peers, turns, line.GetValue(_profile) ? Profile : null))
            {
                table.Add(row);
                right &= !row.Wrong;
            }
        }
        foreach (IPeer peer in peers) peer.Dispose();
        return right ? 0 : 1;
    }

    // One more run, with a clock in every zone.
    static void Profile(BackendWork work)
    {
        if (work.Workspace is not { } workspace) return;
        workspace.Profile = new Tensors.Profile();
        work.Run();
        Console.WriteLine(workspace.Profile);
        workspace.Profile = null;
    }
}
