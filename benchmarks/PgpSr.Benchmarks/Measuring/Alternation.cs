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
    /// <param name="contenders">Ours and others'.</param>
    /// <param name="options">Turns.</param>
    /// <param name="prepared">Called with each of ours before it goes, for profiles; or null.</param>
    public static List<Row> Measure(Work work, Machine machine, IEnumerable<IPeer> contenders, TurnOptions options, Action<BackendWork>? prepared = null)
    {
        Turn[] turns = [.. contenders.Select(peer => Turn.Fastest(peer, work, options.Threads)).OfType<Turn>()];
        int disturbed = 0;
        List<double> peaks = [], streams = [];
        using StreamBandwidth? stream = work.StreamedElements > 0 ? new StreamBandwidth(options.Threads, work.StreamedElements) : null;
        for (int round = 0; round < options.Rounds; round++)
        {
            disturbed += turns.Count(turn => !turn.Take(options.SampleSeconds));
            Turn.Settle();
            peaks.Add(1e-9 * MultiplyAddPeak.Measure(options.Threads, PeakWindows));
            streams.AddRange(stream?.Run(8, nonTemporal: false) ?? []);
        }
        var shared = new Row
        {
            Op = work.Operation,
            Shape = work.Shape,
            Threads = options.Threads,
            Disturbed = disturbed == 0 ? null : disturbed / (double)(options.Rounds * turns.Length),
            PeakGflops = Median.Of(peaks),
            StreamMs = stream is null ? null : 1e3 * Median.Of(streams),
        };
        Turn[] theirs = [.. turns.Where(turn => turn.Peer is not CpuPeer)];
        var rows = new List<Row>();
        foreach (Turn turn in turns.Except(theirs))
        {
            var (set, done, milliseconds) = ((CpuPeer)turn.Peer, (BackendWork)turn.Work, Median.Of(turn.Milliseconds));
            prepared?.Invoke(done);
            Row row = (shared with
            {
                Kernel = set.Name,
                Weights = work.HasWeights ? set.Weights : null,
                Compiled = Machine.Compiler == Machine.Native ? Machine.Native : null,
                PeakMb = Row.Megabytes(done.PeakBytes),
                WeightsMb = Row.Megabytes(done.WeightBytes),
                FractionOfMemory = stream?.Bytes / machine.BandwidthGbs * 1e-6 / milliseconds,
            }).Timed(work, done.Flops, milliseconds);
            if (theirs.Length == 0) rows.Add(row);
            rows.AddRange(theirs.Select(their => Beside(row, their, done.Flops) with
            {
                Difference = Difference.Of(done.Result(), their.Work.Result()).Mean,
                Tolerance = set.Rounds || their.Peer.Rounds ? work.RoundedTolerance : work.Tolerance,
            }));
        }
        if (theirs.Length == turns.Length) rows.AddRange(theirs.Select(their => Beside(shared, their, work.Flops)));
        foreach (Turn turn in turns) turn.Work.Dispose();
        return rows;
    }

    static Row Beside(Row row, Turn turn, double flops)
    {
        double milliseconds = Median.Of(turn.Milliseconds);
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
