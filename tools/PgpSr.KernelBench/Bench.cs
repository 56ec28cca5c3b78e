using System.Diagnostics;
using PgpSr.Cli;

namespace PgpSr.KernelBench;

/// <summary>The program: reads the command line, measures, reports. Heads add the peers they carry.</summary>
public static class Bench
{
    /// <summary>The peers that this assembly carries, by name.</summary>
    public static IReadOnlyDictionary<string, Func<IPeer>> Peers { get; } = new Dictionary<string, Func<IPeer>>
    {
#if WITH_ORT
        ["ort"] = () => new OrtPeer(),
#endif
    };

    // Time before measuring: tiered compilation promotes a loop after 100 ms without new methods, and clocks ramp up.
    const double WarmUpSeconds = 0.35;
    // Two more than one, because threads may begin on one processor; short beside a turn.
    const int PeakWindows = 3;

    /// <summary>Runs the program; returns its exit code (0 right, 1 a result differs from a peer's, 2 a wrong command line).</summary>
    /// <param name="arguments">The command line, see <c>--help</c>.</param>
    /// <param name="peers">Makes the peers that this head carries, by name; called only for those asked for.</param>
    public static int Run(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, Func<IPeer>> peers)
    {
        BenchOptions options;
        IReadOnlyList<Work> works;
        var chosen = new List<IPeer>();
        try
        {
            options = BenchOptions.Parse(arguments);
            if (options.Help)
            {
                Console.WriteLine(BenchOptions.Usage);
                return 0;
            }
            if (options.Compare is [string first, string second]) return Comparison.Print(first, second, options.Assert, Console.Out);
            if (options.Page is not null)
            {
                ResultPage.Print(options.Page, Console.Out);
                return 0;
            }
            works = WorkList.Select(options.Operation, options.Shape);
            if (options.List)
            {
                foreach (Work work in works) Console.WriteLine($"{work.Operation,-16} {work.Shape}");
                return 0;
            }
            foreach (string name in options.Peers)
                chosen.Add(peers.TryGetValue(name, out Func<IPeer>? make) ? make() : throw new FormatException(
                    $"--peer {name}: this program does not carry it ({string.Join(", ", peers.Keys)}); torch is in tools/PgpSr.KernelBench.Torch"));
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            Console.Error.WriteLine($"KernelBench: {e.Message}");
            return 2;
        }

        using TextWriter? file = options.OutputFile is null ? null : new StreamWriter(options.OutputFile, append: true);
        var reports = new List<IReport> { options.Json ? new JsonReport(Console.Out) : new TableReport(Console.Out) };
        if (file is not null) reports.Add(new JsonReport(file));

        MachineFacts machine = MachineFacts.Measure(options.Threads, [.. chosen.Select(p => p.Version)]);
        foreach (IReport report in reports) report.Begin(machine);
        bool right = true;
        foreach (Work work in works)
            foreach (BenchRow row in Measure(work, options, machine, chosen))
            {
                foreach (IReport report in reports) report.Add(row);
                if (row.Difference is not { } difference || difference <= row.Tolerance) continue;
                Console.Error.WriteLine($"KernelBench: {work.Operation} {work.Shape}: {row.Kernel} differs from {row.Peer} by {difference:0.0e+0}, "
                    + $"allowed {row.Tolerance:0.0e+0}");
                right = false;
            }
        foreach (IPeer peer in chosen) peer.Dispose();
        return right ? 0 : 1;
    }

    static List<BenchRow> Measure(Work work, BenchOptions options, MachineFacts machine, List<IPeer> peers)
    {
        var ours = new List<(CpuPeer Set, Turn Turn)>();
        foreach (CpuPeer set in OurSets(options))
            if (Fastest(set, work, options.Threads) is { } turn) ours.Add((set, turn));
        var theirs = new List<(IPeer Peer, Turn Turn)>();
        foreach (IPeer peer in peers)
            if (Fastest(peer, work, options.Threads) is { } turn) theirs.Add((peer, turn));
        Turn[] turns = [.. ours.Select(o => o.Turn), .. theirs.Select(t => t.Turn)];

        int disturbed = 0;
        var peaks = new Samples();
        var streams = new Samples();
        using StreamBandwidth? stream = work.StreamedElements > 0 ? new StreamBandwidth(options.Threads, work.StreamedElements) : null;
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (Turn turn in turns)
                if (!turn.Take(options.SampleMilliseconds * 1e-3)) disturbed++;
            Turn.Settle();
            peaks.Add(1e-9 * MultiplyAddPeak.Measure(options.Threads, PeakWindows));
            if (stream is null) continue;
            for (int i = 0; i < 8; i++) streams.Add(1e3 * stream.Run(nonTemporal: false));
        }

        if (disturbed > 0)
        {
            int all = options.Rounds * turns.Length;
            Console.Error.WriteLine($"KernelBench: {work.Operation} {work.Shape}: other processes ran during {disturbed} of {all} turns");
        }
        var rows = new List<BenchRow>();
        var shared = new BenchRow
        {
            Work = work,
            DisturbedTurns = disturbed,
            PeakGflops = peaks.Median(),
            StreamMilliseconds = stream is null ? null : streams.Median(),
            LargeStreamMilliseconds = stream is null ? null : stream.Bytes / machine.BandwidthGigabytes * 1e-6,
        };
        foreach ((CpuPeer set, Turn turn) in ours)
        {
            BenchRow row = shared with
            {
                Kernel = turn.Work.Form,
                Weights = work.HasWeights ? set.Weights : null,
                Tolerance = Tolerance(work, set.Rounds),
                Milliseconds = turn.Milliseconds.Median(),
            };
            if (theirs.Count == 0) rows.Add(row);
            foreach ((IPeer peer, Turn their) in theirs)
            {
                double difference = Difference(turn.Work.Result(), their.Work.Result());
                rows.Add(Beside(row, peer, their) with { Difference = difference, Tolerance = Tolerance(work, set.Rounds || peer.Rounds) });
            }
        }
        if (ours.Count == 0)
            foreach ((IPeer peer, Turn their) in theirs) rows.Add(Beside(shared, peer, their));
        foreach (Turn turn in turns) turn.Work.Dispose();
        return rows;
    }

    // Two factors of bfloat16, each rounded by 2^-8 of itself at most; a result of bfloat16 once more.
    static double Tolerance(Work work, bool rounds) => rounds ? 3.0 / (1 << 8) : work.Tolerance;

    static BenchRow Beside(BenchRow row, IPeer peer, Turn turn) =>
        row with { Peer = peer.Name, PeerForm = turn.Work.Form, PeerMilliseconds = turn.Milliseconds.Median() };

    static IEnumerable<CpuPeer> OurSets(BenchOptions options)
    {
        foreach (string? kernel in options.Kernels.Count == 0 ? [null] : options.Kernels.Cast<string?>())
            foreach (string weights in options.Weights)
                foreach (string precision in options.Precisions)
                {
                    yield return new CpuPeer(kernel, weights, precision, direct: false);
                    if (options.Direct) yield return new CpuPeer(kernel, weights, precision, direct: true);
                }
    }

    /// <summary>The peer's fastest form of the work, warm; null if it has none.</summary>
    static Turn? Fastest(IPeer peer, Work work, int threads)
    {
        Turn? best = null;
        double bestSeconds = double.PositiveInfinity;
        foreach (IPreparedWork form in peer.Prepare(work, threads))
        {
            var turn = new Turn(form);
            double seconds = turn.WarmUp(WarmUpSeconds);
            if (seconds < bestSeconds)
            {
                best?.Work.Dispose();
                (best, bestSeconds) = (turn, seconds);
            }
            else form.Dispose();
        }
        return best;
    }

    internal static double Difference(float[] actual, float[] expected)
    {
        Debug.Assert(actual.Length == expected.Length);
        double error = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = (double)actual[i] - expected[i];
            error += d * d;
            norm += (double)expected[i] * expected[i];
        }
        return Math.Sqrt(error / norm);
    }
}
