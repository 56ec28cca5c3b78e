using System.Diagnostics;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>Time of queued work: many runs, one wait.</summary>
static class QueueTimer
{
    const int Rounds = 5;

    /// <summary>Median seconds of one run over rounds that last about <paramref name="roundSeconds"/> each, launches included and hidden behind each other.</summary>
    public static double Measure(Backend backend, Action run, double roundSeconds)
    {
        using var small = backend.CreateTensor(new Shape(1));
        byte[] drain = new byte[sizeof(float)];
        backend.Fill(0f, small);

        double Time(int count)
        {
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++) run();
            backend.Download(small, drain);
            return Stopwatch.GetElapsedTime(began).TotalSeconds / count;
        }

        Time(1); // compiles
        double first = Time(2);
        int runs = (int)Math.Clamp(roundSeconds / Math.Max(first, 1e-7), 1, 10_000);
        double[] times = [.. Enumerable.Range(0, Rounds).Select(_ => Time(runs))];
        Array.Sort(times);
        return times[Rounds / 2];
    }
}
