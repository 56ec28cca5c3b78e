using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary><c>compare</c>: works by our kernel sets beside their peers, in alternating turns of one process; medians.</summary>
sealed class CompareCommand : Command
{
    static readonly string[] s_peers = ["ort", "torch", "torch-bf16", "none"];

    readonly WorkOptions _work;
    readonly Option<string[]> _peer = WorkOptions.Names("--peer", "ort (ONNX Runtime), torch, torch-bf16 (libtorch; only from PgpSr.Benchmarks.Torch), none", [], s_peers);
    readonly Option<string[]> _kernel = WorkOptions.Names("--kernel", "v512, v256, v128; default: the widest", [], ["v512", "v256", "v128"]);
    readonly Option<string[]> _weights = WorkOptions.Names("--weights", "f32, f16, bf16", ["f32"], ["f32", "f16", "bf16"]);
    readonly Option<string[]> _precision = WorkOptions.Names("--precision", "f32, bf16: what the CPU backend multiplies", ["f32"], ["f32", "bf16"]);
    readonly Option<bool> _direct = new("--direct") { Description = "convolutions also without Winograd" };
    readonly Option<int> _threads = WorkOptions.Number("--threads", "of every contender", 2, 1024);
    readonly Option<int> _rounds = WorkOptions.Number("--rounds", "turns of every contender", 7, 10_000);
    readonly Option<int> _sample = WorkOptions.Number("--sample-ms", "of a turn; a run at least", 60, 60_000);
    readonly Option<bool> _profile = new("--profile") { Description = "networks: also seconds by zone" };
    readonly Option<bool> _json = new("--json") { Description = "a JSON object a line instead of the table" };
    readonly Option<string?> _out = new("--out") { Description = "also appends the JSON lines to this file" };
    readonly IReadOnlyDictionary<string, Func<IPeer>> _peers;

    public CompareCommand(IReadOnlyDictionary<string, Func<IPeer>> peers)
        : base("compare", "Times works by our kernel sets, beside their peers, in alternating turns; outputs are compared first.")
    {
        _peers = peers;
        _work = new WorkOptions(this);
        foreach (Option option in (Option[])[_peer, _kernel, _weights, _precision, _direct, _threads, _rounds, _sample, _profile, _json, _out]) Options.Add(option);
        SetAction(Run);
    }

    int Run(ParseResult line)
    {
        IReadOnlyList<Work> works = _work.Of(line);
        List<IPeer> peers = [.. line.GetValue(_peer)!.Where(name => name != "none").Select(Peer)];
        var turns = new TurnOptions(line.GetValue(_threads), line.GetValue(_rounds), line.GetValue(_sample) * 1e-3);
        CpuPeer[] sets = [.. Sets(line)];
        using TextWriter? file = line.GetValue(_out) is { } path ? new StreamWriter(path, append: true) : null;
        ConsoleTable? table = line.GetValue(_json) ? null : new ConsoleTable(Console.Out);
        void Write(string json)
        {
            file?.WriteLine(json);
            file?.Flush();
            if (table is null) Console.WriteLine(json);
        }

        Machine machine = Machine.Measure(turns.Threads, [.. peers.Select(p => p.Version)]);
        table?.Begin(machine);
        Write(ResultFile.Line(machine));
        bool right = true;
        foreach (Work work in works)
        {
            foreach (Row row in Alternation.Measure(work, machine, sets, peers, turns, line.GetValue(_profile) ? Profile : null))
            {
                table?.Add(row);
                Write(ResultFile.Line(row));
                if (row.Disturbed is { } disturbed)
                    Console.Error.WriteLine($"{row.Op} {row.Shape}: other processes ran during {disturbed:0 %} of the turns");
                if (!row.Wrong) continue;
                Console.Error.WriteLine($"{row.Op} {row.Shape}: {row.Kernel} differs from {row.Peer} by {row.Difference:0.0e+0}, allowed {row.Tolerance:0.0e+0}");
                right = false;
            }
        }
        foreach (IPeer peer in peers) peer.Dispose();
        return right ? 0 : 1;
    }

    IPeer Peer(string name) => _peers.TryGetValue(name, out Func<IPeer>? make) ? make() : throw new FormatException(
        $"--peer {name}: this program does not carry it ({string.Join(", ", _peers.Keys)}); torch is in benchmarks/PgpSr.Benchmarks.Torch");

    IEnumerable<CpuPeer> Sets(ParseResult line)
    {
        string[] kernels = line.GetValue(_kernel)!;
        foreach (string? kernel in kernels.Length == 0 ? [null] : kernels.Cast<string?>())
            foreach (string weights in line.GetValue(_weights)!)
                foreach (string precision in line.GetValue(_precision)!)
                {
                    yield return new CpuPeer(kernel, weights, precision, direct: false);
                    if (line.GetValue(_direct)) yield return new CpuPeer(kernel, weights, precision, direct: true);
                }
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
