using System.Diagnostics;
using PgpSr.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary>How contenders take turns.</summary>
/// <param name="Threads">Of every contender.</param>
/// <param name="Rounds">Turns of each.</param>
/// <param name="SampleSeconds">Of a turn; at least one run.</param>
sealed record TurnOptions(int Threads, int Rounds, double SampleSeconds);

/// <summary>One contender's part of a round: an unmeasured run, then as many measured ones as fit its time.</summary>
sealed class Turn(IPeer peer, PreparedWork work)
{
    // Time before measuring: tiered compilation promotes a loop after 100 ms without new methods, and clocks ramp up.
    const double WarmUpSeconds = 0.35;
    // Shorter runs are repeated until a sample is this long: two readings of the clock cost some 50 ns.
    const double ShortestSample = 0.5e-3;
    // Other libraries' threads go on spinning after their work; a turn begins when they sleep. Measured with the peak behind a turn of ONNX Runtime:
    // 400 of 510 GFLOP/s after 20 ms, all of it after 40 ms. libtorch (OpenMP) needs less than 10 ms.
    static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(50);

    const int Tries = 6;
    // Processors taken by others: the count is in steps of 10 ms on each processor, so that a turn of 60 ms may seem to hold a third of one
    // without reason.
    const double Disturbance = 0.4;

    int _repeats = 1;

    public IPeer Peer => peer;

    public PreparedWork Work => work;

    /// <summary>Milliseconds of one run.</summary>
    public List<double> Milliseconds { get; } = [];

    /// <summary>The peer's fastest form of the work, warm; null if it has none.</summary>
    public static Turn? Fastest(IPeer peer, Work work, int threads)
    {
        Turn? best = null;
        double bestSeconds = double.PositiveInfinity;
        foreach (string form in peer.Forms(work))
        {
            if (peer.Prepare(work, form, threads) is not { } prepared) continue;
            var turn = new Turn(peer, prepared);
            double seconds = turn.WarmUp();
            if (seconds >= bestSeconds)
            {
                prepared.Dispose();
                continue;
            }
            best?.Work.Dispose();
            (best, bestSeconds) = (turn, seconds);
        }
        return best;
    }

    /// <summary>Runs for a while and at least three times, so that everything is compiled, packed and paged in; learns how long a run is.</summary>
    public double WarmUp()
    {
        var times = new List<double>();
        for (long start = Stopwatch.GetTimestamp(); times.Count < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds;) times.Add(Time(1));
        double median = Median.Of(times);
        _repeats = Math.Max(1, (int)Math.Ceiling(ShortestSample / median));
        return median;
    }

    /// <summary>
    /// Measures for that many seconds, at least once, and again if others used the processors meanwhile, up to <see cref="Tries"/> times.
    /// False if they always did.
    /// </summary>
    public bool Take(double seconds)
    {
        int kept = Milliseconds.Count;
        for (int attempt = 1; ; attempt++)
        {
            Settle();
            work.Run();
            var others = new OtherLoad();
            long start = Stopwatch.GetTimestamp();
            do
            {
                Milliseconds.Add(Time(_repeats) * 1e3);
            } while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
            if (others.Processors() < Disturbance) return true;
            if (attempt == Tries) return false;
            Milliseconds.RemoveRange(kept, Milliseconds.Count - kept);
        }
    }

    /// <summary>Waits until the threads of other libraries sleep.</summary>
    public static void Settle() => Thread.Sleep(s_settle);

    double Time(int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) work.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }
}
