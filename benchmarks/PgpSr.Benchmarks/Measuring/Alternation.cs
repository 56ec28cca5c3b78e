using PgpSr.Cli;

namespace PgpSr.Benchmarks;

/// <summary>
/// Measures a work by several contenders in one process, by turns (A B C A B C ...), with the processor's peak between the turns: what slows one
/// slows all. Outputs are compared before any time is told.
/// </summary>
static class Alternation
{
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
        Work work, Machine machine, IEnumerable<CpuPeer> sets, IEnumerable<IPeer> peers, TurnOptions options, Action<BackendWork>? prepared = null)
    {
        Turn[] turns = [.. sets.Concat(peers).Select(peer => Turn.Fastest(peer, work, options.Threads)).OfType<Turn>()];
        int disturbed = 0;
        Samples peaks = new(), streams = new();
        using StreamBandwidth? stream = work.StreamedElements > 0 ? new StreamBandwidth(options.Threads, work.StreamedElements) : null;
        for (int round = 0; round < options.Rounds; round++)
        {
            disturbed += turns.Count(turn => !turn.Take(options.SampleSeconds));
            Turn.Settle();
            peaks.Add(1e-9 * MultiplyAddPeak.Measure(options.Threads, PeakWindows));
            foreach (double seconds in stream?.Run(8, nonTemporal: false) ?? []) streams.Add(1e3 * seconds);
        }
        var shared = new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Threads = options.Threads,
            DisturbedTurns = disturbed == 0 ? null : disturbed,
            Disturbed = disturbed == 0 ? null : disturbed / (double)(options.Rounds * turns.Length),
            PeakGflops = peaks.Median(),
            StreamMs = stream is null ? null : streams.Median(),
            LargeStreamMs = stream?.Bytes / machine.BandwidthGbs * 1e-6,
        };
        Turn[] theirs = [.. turns.Where(turn => turn.Peer is not CpuPeer)];
        var rows = new List<Row>();
        foreach (Turn turn in turns.Where(turn => turn.Peer is CpuPeer))
        {
            var (set, done) = ((CpuPeer)turn.Peer, (BackendWork)turn.Work);
            prepared?.Invoke(done);
            Row row = Own(shared, work, set, done, turn.Milliseconds.Median());
            if (theirs.Length == 0) rows.Add(row);
            rows.AddRange(theirs.Select(their => Beside(row, their, done.Flops) with
            {
                Difference = Difference.Relative(done.Result(), their.Work.Result()),
                Tolerance = set.Rounds || their.Peer.Rounds ? work.RoundedTolerance : work.Tolerance,
            }));
        }
        if (theirs.Length == turns.Length) rows.AddRange(theirs.Select(their => Beside(shared, their, work.Flops)));
        foreach (Turn turn in turns) turn.Work.Dispose();
        return rows;
    }

    static Row Own(Row shared, Work work, CpuPeer set, BackendWork done, double milliseconds)
    {
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        done.Run();
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return (shared with
        {
            Kernel = set.Name,
            Weights = work.HasWeights ? set.Weights : null,
            Compiled = Machine.Compiler == Machine.Native ? Machine.Native : null,
            AllocatedBytes = allocated,
            PeakMb = Row.Megabytes(done.Memory.Peak),
            ReservedMb = Row.Megabytes(done.Memory.Reserved),
            WeightsMb = Row.Megabytes(done.Memory.Weights),
            ScratchMb = done.Memory.Peak == 0 ? null : Row.Megabytes(done.Backend.ScratchBytes),
        }).Timed(work, done.Flops, milliseconds);
    }

    static Row Beside(Row row, Turn turn, double flops)
    {
        double milliseconds = turn.Milliseconds.Median();
        return row with
        {
            Peer = turn.Peer.Name,
            PeerForm = turn.Work.Form,
            PeerMs = milliseconds,
            PeerGflops = flops == 0 ? null : flops / milliseconds * 1e-6,
            Ratio = milliseconds / row.Ms,
        };
    }
}
