using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PgpSr.Cli;

/// <summary>
/// What the processor's multiply-add pipes give at best: chains in registers alone, without a load. Twelve chains keep two pipes of four cycles'
/// latency busy, and fit the sixteen registers of AVX2. The benchmarks compile this file as well.
/// </summary>
static class MultiplyAddPeak
{
    const int Chains = 12;
    const int Steps = 1 << 14;

    // Short beside the time slices of other programs; the best of several is the processor's own.
    static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(10);

    /// <summary>Floating-point operations a second of all threads together: for each thread its best window.</summary>
    /// <param name="threads">How many run at once.</param>
    /// <param name="windows">How many windows of 10 ms each thread has.</param>
    public static double Measure(int threads, int windows)
    {
        var rates = new double[threads];
        using var barrier = new Barrier(threads);
        var workers = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            barrier.SignalAndWait();
            for (int i = 0; i < windows; i++) rates[index] = Math.Max(rates[index], RunWindow());
        })
        { IsBackground = true }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return rates.Sum();
    }

    static double RunWindow()
    {
        float sink = 0;
        long rounds = 0, start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            sink += Vector512.IsHardwareAccelerated ? Run512() : Vector256.IsHardwareAccelerated ? Run256() : Run128();
            rounds++;
            elapsed = Stopwatch.GetElapsedTime(start);
        } while (elapsed < s_window);
        GC.KeepAlive(sink);
        int lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        return 2.0 * lanes * Chains * Steps * rounds / elapsed.TotalSeconds;
    }

    // x = x*a + b with |a| < 1 stays finite and never becomes denormal.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Run512()
    {
        Vector512<float> a = Vector512.Create(0.5f), b = Vector512.Create(0.25f);
        Vector512<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (int i = 0; i < Steps; i++)
        {
            x0 = Vector512.MultiplyAddEstimate(x0, a, b); x1 = Vector512.MultiplyAddEstimate(x1, a, b); x2 = Vector512.MultiplyAddEstimate(x2, a, b);
            x3 = Vector512.MultiplyAddEstimate(x3, a, b); x4 = Vector512.MultiplyAddEstimate(x4, a, b); x5 = Vector512.MultiplyAddEstimate(x5, a, b);
            x6 = Vector512.MultiplyAddEstimate(x6, a, b); x7 = Vector512.MultiplyAddEstimate(x7, a, b); x8 = Vector512.MultiplyAddEstimate(x8, a, b);
            x9 = Vector512.MultiplyAddEstimate(x9, a, b); x10 = Vector512.MultiplyAddEstimate(x10, a, b);
            x11 = Vector512.MultiplyAddEstimate(x11, a, b);
        }
        return Vector512.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Run256()
    {
        Vector256<float> a = Vector256.Create(0.5f), b = Vector256.Create(0.25f);
        Vector256<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (int i = 0; i < Steps; i++)
        {
            x0 = Vector256.MultiplyAddEstimate(x0, a, b); x1 = Vector256.MultiplyAddEstimate(x1, a, b); x2 = Vector256.MultiplyAddEstimate(x2, a, b);
            x3 = Vector256.MultiplyAddEstimate(x3, a, b); x4 = Vector256.MultiplyAddEstimate(x4, a, b); x5 = Vector256.MultiplyAddEstimate(x5, a, b);
            x6 = Vector256.MultiplyAddEstimate(x6, a, b); x7 = Vector256.MultiplyAddEstimate(x7, a, b); x8 = Vector256.MultiplyAddEstimate(x8, a, b);
            x9 = Vector256.MultiplyAddEstimate(x9, a, b); x10 = Vector256.MultiplyAddEstimate(x10, a, b);
            x11 = Vector256.MultiplyAddEstimate(x11, a, b);
        }
        return Vector256.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Run128()
    {
        Vector128<float> a = Vector128.Create(0.5f), b = Vector128.Create(0.25f);
        Vector128<float> x0 = b, x1 = b, x2 = b, x3 = b, x4 = b, x5 = b, x6 = b, x7 = b, x8 = b, x9 = b, x10 = b, x11 = b;
        for (int i = 0; i < Steps; i++)
        {
            x0 = Vector128.MultiplyAddEstimate(x0, a, b); x1 = Vector128.MultiplyAddEstimate(x1, a, b); x2 = Vector128.MultiplyAddEstimate(x2, a, b);
            x3 = Vector128.MultiplyAddEstimate(x3, a, b); x4 = Vector128.MultiplyAddEstimate(x4, a, b); x5 = Vector128.MultiplyAddEstimate(x5, a, b);
            x6 = Vector128.MultiplyAddEstimate(x6, a, b); x7 = Vector128.MultiplyAddEstimate(x7, a, b); x8 = Vector128.MultiplyAddEstimate(x8, a, b);
            x9 = Vector128.MultiplyAddEstimate(x9, a, b); x10 = Vector128.MultiplyAddEstimate(x10, a, b);
            x11 = Vector128.MultiplyAddEstimate(x11, a, b);
        }
        return Vector128.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10 + x11);
    }
}
