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
        new(new FftWork(32, 32, 32), "f32", 1.3, 2),
    ];

    /// <summary>Measures and tells; true if every ratio is reached.</summary>
    public static bool Run(IReadOnlyList<GateBound> bounds, TextWriter output)
    {
        bool open = true;
        foreach (GateBound bound in bounds)
        {
            var sets = new List<(string Name, PreparedWork Work, double Least, double Best)>();
            foreach (var (name, least) in ((string, double)[])[("v128", 1), ("v256", bound.Of256), ("v512", bound.Of512)])
            {
                // An emulated set says nothing.
                if (!CpuBackend.AcceleratedKernelSets.Contains(name)) continue;
                foreach (PreparedWork work in new CpuPeer(name, bound.Weights, "f32", direct: false).Prepare(bound.Work, threads: 1))
                    sets.Add((name, work, least, double.PositiveInfinity));
            }
            bool Reached() => sets.TrueForAll(set => sets[0].Best / set.Best >= set.Least);
            for (int round = 0; round < Rounds && (round == 0 || !Reached()); round++)
            {
                for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < s_round;)
                {
                    for (int i = 0; i < sets.Count; i++)
                    {
                        // The first brings the set's own code and data back into the caches.
                        sets[i].Work.Run();
                        long start = Stopwatch.GetTimestamp();
                        sets[i].Work.Run();
                        sets[i] = sets[i] with { Best = Math.Min(sets[i].Best, Stopwatch.GetElapsedTime(start).TotalMilliseconds) };
                    }
                }
            }
            foreach (var set in sets.Skip(1))
            {
                double ratio = sets[0].Best / set.Best;
                open &= ratio >= set.Least;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{bound.Work.Operation} {bound.Work.Shape} {bound.Weights}: {set.Name} {ratio:0.00} times as fast as v128 ({sets[0].Best:0.000} ms), {set.Least:0.0} allowed{(ratio >= set.Least ? "" : ": LOST")}"));
            }
            foreach (var set in sets) set.Work.Dispose();
        }
        return open;
    }
}
