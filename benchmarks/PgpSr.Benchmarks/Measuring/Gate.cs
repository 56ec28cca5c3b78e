using System.Diagnostics;
using System.Globalization;
using PgpSr.Cpu;

namespace PgpSr.Benchmarks;

/// <summary>How many times as fast as the 128-bit kernels the wider ones must be at a work.</summary>
/// <param name="Work">Small: a run fits between two time slices of other programs.</param>
/// <param name="Weights">Type that its weights are kept in.</param>
/// <param name="Of256">Least ratio of the 256-bit kernels.</param>
/// <param name="Of512">Of the 512-bit ones.</param>
sealed record GateBound(Work Work, string Weights, double Of256, double Of512);

/// <summary>
/// Notices lost speed on a machine that does other things too: the kernel sets take turns in one process, on one thread, in runs of about a
/// millisecond, and the best run of each counts. A ratio below its bound is measured on, since a best time only improves, before it is a loss.
/// </summary>
static class Gate
{
    static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(400);

    const int Rounds = 8;

    /// <summary>About two thirds of what was measured; see NOTEBOOK.md.</summary>
    public static IReadOnlyList<GateBound> Bounds { get; } =
    [
        new(new LinearWork(64, 320, 640), "f32", 1.4, 2.2),
        new(new LinearWork(64, 320, 640), "f16", 1.4, 2.2),
        new(new ConvWork(64, 64, 24, 24, 3), "f32", 1.4, 2.2),
        new(new ConvWork(64, 64, 24, 24, 3, 2), "f32", 1.4, 2.2),
        new(new ConvWork(128, 128, 24, 24, 1), "f32", 1.4, 2.2),
        new(new AttentionWork(2, 256, 256, 64), "f32", 1.3, 2.2),
        new(new MapWork(MapWork.GroupNorm, 64, 32, 32), "f32", 1.4, 2),
        new(new MapWork(MapWork.Fft, 32, 32, 32), "f32", 1.3, 2),
    ];

    /// <summary>Measures and tells; true if every ratio is reached.</summary>
    public static bool Run(IReadOnlyList<GateBound> bounds, TextWriter output)
    {
        bool open = true;
        foreach (GateBound bound in bounds)
        {
            // An emulated set says nothing.
            var sets = ((string Name, double Least)[])[("v128", 1), ("v256", bound.Of256), ("v512", bound.Of512)];
            var turns = (from set in sets
                         where CpuBackend.AcceleratedKernelSets.Contains(set.Name)
                         let work = new CpuPeer(set.Name, bound.Weights).Prepare(bound.Work, set.Name, threads: 1)!
                         select (set.Name, set.Least, Work: work, Best: double.PositiveInfinity)).ToArray();
            for (int round = 0; round < Rounds && (round == 0 || !Array.TrueForAll(turns, turn => turns[0].Best / turn.Best >= turn.Least)); round++)
            {
                for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < s_round;)
                {
                    for (int i = 0; i < turns.Length; i++)
                    {
                        // The first brings the set's own code and data back into the caches.
                        turns[i].Work.Run();
                        long start = Stopwatch.GetTimestamp();
                        turns[i].Work.Run();
                        turns[i].Best = Math.Min(turns[i].Best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    }
                }
            }
            foreach (var (name, least, work, best) in turns)
            {
                double ratio = turns[0].Best / best;
                open &= ratio >= least;
                work.Dispose();
                if (name == "v128") continue;
                FormattableString found = $"{name} {ratio:0.00} times as fast as v128 ({turns[0].Best:0.000} ms), {least:0.0} allowed{(ratio >= least ? "" : ": LOST")}";
                output.WriteLine($"{bound.Work.Operation} {bound.Work.Shape} {bound.Weights}: {found.ToString(CultureInfo.InvariantCulture)}");
            }
        }
        return open;
    }
}
