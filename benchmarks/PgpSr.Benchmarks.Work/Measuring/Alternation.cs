using PgpSr.Cli;

namespace PgpSr.Benchmarks;

/// <summary>How contenders take turns.</summary>
/// <param name="Threads">Of every contender.</param>
/// <param name="Rounds">Turns of each.</param>
/// <param name="SampleSeconds">Of a turn; at least one run.</param>
sealed record TurnOptions(int Threads, int Rounds, double SampleSeconds);

/// <summary>
/// Measures a work by several contenders in one process, by turns (A B C A B C ...), with the processor's peak between the turns: what slows one
/// slows all. Outputs are compared before any time is told.
/// </summary>
static class Alternation
{
    // Time before measuring: tiered compilation promotes a loop after 100 ms without new methods, and clocks ramp up.
    const double WarmUpSeconds = 0.35;
    // Two more than one, because threads may begin on one processor; short beside a turn.
    const int PeakWindows = 3;

    /// <summary>The rows: each of ours beside each peer, or alone.</summary>
    /// <param name="work">What is done.</param>
    /// <param name="machine">Whose bandwidth large streams are judged by.</param>
    /// <param name="sets">Ours.</param>
    /// <param name="peers">Others'.</param>
    /// <param name="options">Turns.</param>
    /// <param name="prepared">Called with each of ours before it goes, for profiles; or null.</param>
    public static List<Row> Measure(
        Work work, Machine machine, IEnumerable<CpuPeer> sets, IReadOnlyList<IPeer> peers, TurnOptions options, Action<BackendWork>? prepared = null)
    {
        var ours = new List<(CpuPeer Set, Turn Turn)>();
        foreach (CpuPeer set in sets)
            if (Fastest(set, work, options.Threads) is { } turn) ours.Add((set, turn));
        var theirs = new List<(IPeer Peer, Turn Turn)>();
        foreach (IPeer peer in peers)
            if (Fastest(peer, work, options.Threads) is { } turn) theirs.Add((peer, turn));
        Turn[] turns = [.. ours.Select(o => o.Turn), .. theirs.Select(t => t.Turn)];

        int disturbed = 0;
        Samples peaks = new(), streams = new();
        using StreamBandwidth? stream = work.StreamedElements > 0 ? new StreamBandwidth(options.Threads, work.StreamedElements) : null;
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (Turn turn in turns)
                if (!turn.Take(options.SampleSeconds)) disturbed++;
            Turn.Settle();
            peaks.Add(1e-9 * MultiplyAddPeak.Measure(options.Threads, PeakWindows));
            if (stream is null) continue;
            for (int i = 0; i < 8; i++) streams.Add(1e3 * stream.Run(nonTemporal: false));
        }

        double peak = peaks.Median();
        var shared = new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Threads = options.Threads,
            DisturbedTurns = disturbed == 0 ? null : disturbed,
            Disturbed = disturbed == 0 ? null : disturbed / (double)(options.Rounds * turns.Length),
            PeakGflops = peak,
            StreamMs = stream is null ? null : streams.Median(),
            LargeStreamMs = stream is null ? null : stream.Bytes / machine.BandwidthGbs * 1e-6,
        };
        var rows = new List<Row>();
        foreach ((CpuPeer set, Turn turn) in ours)
        {
            var done = (BackendWork)turn.Work;
            prepared?.Invoke(done);
            Row row = Own(shared, work, set, done, turn.Milliseconds.Median());
            if (theirs.Count == 0) rows.Add(row);
            foreach ((IPeer peer, Turn their) in theirs)
            {
                rows.Add(Beside(row, peer, their, done.Flops) with
                {
                    Difference = Benchmarks.Difference.Relative(turn.Work.Result(), their.Work.Result()),
                    Tolerance = Tolerance(work, set.Rounds || peer.Rounds),
                });
            }
        }
        if (ours.Count == 0)
            foreach ((IPeer peer, Turn their) in theirs) rows.Add(Beside(shared, peer, their, work.Flops));
        foreach (Turn turn in turns) turn.Work.Dispose();
        return rows;
    }

    static Row Own(Row shared, Work work, CpuPeer set, BackendWork done, double milliseconds)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        done.Run();
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        double gflops = done.Flops / milliseconds * 1e-6, gbs = work.Bytes / milliseconds * 1e-6;
        double? Megabytes(long bytes) => bytes == 0 ? null : bytes / 1048576.0;
        return shared with
        {
            Kernel = set.Name,
            Weights = work.HasWeights ? set.Weights : null,
            Tolerance = Tolerance(work, set.Rounds),
            Ms = milliseconds,
            Gflops = done.Flops == 0 ? null : gflops,
            Gbs = work.MemoryBound ? gbs : null,
            FractionOfPeak = shared.StreamMs is { } best ? best / milliseconds : work.Flops == 0 && work.MemoryBound ? null : gflops / shared.PeakGflops,
            FractionOfMemory = shared.LargeStreamMs / milliseconds,
            AllocatedBytes = allocated,
            PeakMb = Megabytes(done.Memory.Peak),
            ReservedMb = Megabytes(done.Memory.Reserved),
            WeightsMb = Megabytes(done.Memory.Weights),
            ScratchMb = done.Memory.Peak == 0 ? null : Megabytes(done.Backend.ScratchBytes),
        };
    }

    static Row Beside(Row row, IPeer peer, Turn turn, double flops)
    {
        double milliseconds = turn.Milliseconds.Median();
        return row with
        {
            Peer = peer.Name,
            PeerForm = turn.Work.Form,
            PeerMs = milliseconds,
            PeerGflops = flops == 0 ? null : flops / milliseconds * 1e-6,
            Ratio = milliseconds / row.Ms,
        };
    }

    // Two factors of bfloat16, each rounded by 2^-8 of itself at most; a result of bfloat16 once more.
    static double Tolerance(Work work, bool rounds) => rounds ? 3.0 / (1 << 8) : work.Tolerance;

    /// <summary>The peer's fastest form of the work, warm; null if it has none.</summary>
    public static Turn? Fastest(IPeer peer, Work work, int threads, double warmUpSeconds = WarmUpSeconds)
    {
        Turn? best = null;
        double bestSeconds = double.PositiveInfinity;
        foreach (PreparedWork form in peer.Prepare(work, threads))
        {
            var turn = new Turn(form);
            double seconds = turn.WarmUp(warmUpSeconds);
            if (seconds < bestSeconds)
            {
                best?.Work.Dispose();
                (best, bestSeconds) = (turn, seconds);
            }
            else form.Dispose();
        }
        return best;
    }
}
