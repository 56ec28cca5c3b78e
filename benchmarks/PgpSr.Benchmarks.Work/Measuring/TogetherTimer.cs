using System.Diagnostics;

namespace PgpSr.Benchmarks;

/// <summary>Runs one body on several threads that start at the same moment.</summary>
static class TogetherTimer
{
    /// <summary>Seconds from the common start to the last end.</summary>
    public static double Run(int threads, Action<int> body)
    {
        int waiting = threads;
        var starts = new long[threads];
        var ends = new long[threads];
        void Work(int index)
        {
            using var pin = new ProcessorPin(index);
            Interlocked.Decrement(ref waiting);
            while (Volatile.Read(ref waiting) > 0) Thread.SpinWait(1);
            starts[index] = Stopwatch.GetTimestamp();
            body(index);
            ends[index] = Stopwatch.GetTimestamp();
        }

        var others = new Thread[threads - 1];
        for (int i = 0; i < others.Length; i++)
        {
            int index = i + 1;
            others[i] = new Thread(() => Work(index)) { IsBackground = true };
            others[i].Start();
        }
        Work(0);
        foreach (Thread other in others) other.Join();
        return (ends.Max() - starts.Min()) / (double)Stopwatch.Frequency;
    }
}
