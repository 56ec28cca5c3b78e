using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary><c>compare</c>: works by our kernel sets beside their peers, in alternating turns of one process; medians.</summary>
sealed class CompareCommand : MeasuringCommand
{
    readonly Option<string[]> _kernel = Kernels();
    readonly Option<bool> _direct = new("--direct") { Description = "convolutions also without Winograd" };
    readonly Option<bool> _profile = new("--profile") { Description = "networks: also seconds by zone" };
    readonly Func<string, IPeer> _make;

    public CompareCommand(Func<string, IPeer> make)
        : base("compare", "Times works by our kernel sets, beside their peers, in alternating turns; outputs are compared first.",
            Number("--rounds", "turns of every contender", 7, 10_000), Number("--sample-ms", "of a turn; a run at least", 60, 60_000))
    {
        _make = make;
        Takes(_kernel, _direct, _profile);
    }

    protected override int Run(ParseResult line, Asked asked)
    {
        IPeer[] peers = [.. asked.Peers.Select(_make)];
        string?[] kernels = line.GetValue(_kernel)!;
        CpuPeer[] sets = [.. from kernel in kernels.DefaultIfEmpty()
            from weights in asked.Weights
            from precision in asked.Precisions
            from direct in line.GetValue(_direct) ? (bool[])[false, true] : [false]
            select new CpuPeer(kernel, weights, precision, direct)];
        Machine machine = Machine.Measure(asked.Turns.Threads, [.. peers.Select(p => p.Version)]);
        int code = Tell(line, machine, work => Alternation.Measure(work, machine, [.. sets, .. peers], asked.Turns, line.GetValue(_profile) ? Profile : null));
        foreach (IPeer peer in peers) peer.Dispose();
        return code;
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
