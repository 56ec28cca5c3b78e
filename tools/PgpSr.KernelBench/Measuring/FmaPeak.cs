using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PgpSr.KernelBench;

/// <summary>
/// The multiply-add throughput of all threads together: an 8 x 3 vector tile of a matrix product whose panels lie in the first-level cache.
/// 24 accumulators hide the latency of two multiply-add pipes (2 x 4 cycles); each step loads 3 vectors and broadcasts 8 scalars for 24
/// multiply-adds.
/// </summary>
static class FmaPeak
{
    // Panels of 128 x (8 + 48) floats: 28 KB of a 32 or 48 KB cache.
    const int Depth = 128;
    const int Rows = 8;
    const int Vectors = 3;

    /// <summary>GFLOP/s of the widest accelerated vectors, measured for that many milliseconds.</summary>
    public static double Measure(int threads, double milliseconds) =>
        Vector512.IsHardwareAccelerated ? Measure<PeakLanes512>(threads, milliseconds)
        : Vector256.IsHardwareAccelerated ? Measure<PeakLanes256>(threads, milliseconds)
        : Measure<PeakLanes128>(threads, milliseconds);

    static double Measure<T>(int threads, double milliseconds) where T : struct, IPeakLanes<T>
    {
        var rates = new double[threads];
        long ticks = (long)(milliseconds * 1e-3 * Stopwatch.Frequency);
        TogetherTimer.Run(threads, index => rates[index] = RunThread<T>(ticks));
        return rates.Sum();
    }

    static unsafe double RunThread<T>(long ticks) where T : struct, IPeakLanes<T>
    {
        int width = Vectors * T.Count;
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)((Depth * (Rows + width) + Rows * width) * sizeof(float)), 64);
        try
        {
            new Span<float>(memory, Depth * (Rows + width) + Rows * width).Fill(1e-3f);
            const int TilesPerLook = 64;
            double flopsPerLook = 2.0 * TilesPerLook * Depth * Rows * width;
            double flops = 0;
            long start = Stopwatch.GetTimestamp(), now;
            do
            {
                for (int i = 0; i < TilesPerLook; i++) Tile<T>(memory, memory + Depth * Rows, memory + Depth * (Rows + width));
                flops += flopsPerLook;
                now = Stopwatch.GetTimestamp();
            } while (now - start < ticks);
            return flops / ((now - start) / (double)Stopwatch.Frequency) * 1e-9;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static unsafe void Tile<T>(float* a, float* b, float* c) where T : struct, IPeakLanes<T>
    {
        T c00 = default, c01 = default, c02 = default;
        T c10 = default, c11 = default, c12 = default;
        T c20 = default, c21 = default, c22 = default;
        T c30 = default, c31 = default, c32 = default;
        T c40 = default, c41 = default, c42 = default;
        T c50 = default, c51 = default, c52 = default;
        T c60 = default, c61 = default, c62 = default;
        T c70 = default, c71 = default, c72 = default;
        for (int k = 0; k < Depth; k++, a += Rows, b += Vectors * T.Count)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count), b2 = T.Load(b + 2 * T.Count);
            T a0 = T.Broadcast(a[0]); c00 = T.MultiplyAdd(a0, b0, c00); c01 = T.MultiplyAdd(a0, b1, c01); c02 = T.MultiplyAdd(a0, b2, c02);
            T a1 = T.Broadcast(a[1]); c10 = T.MultiplyAdd(a1, b0, c10); c11 = T.MultiplyAdd(a1, b1, c11); c12 = T.MultiplyAdd(a1, b2, c12);
            T a2 = T.Broadcast(a[2]); c20 = T.MultiplyAdd(a2, b0, c20); c21 = T.MultiplyAdd(a2, b1, c21); c22 = T.MultiplyAdd(a2, b2, c22);
            T a3 = T.Broadcast(a[3]); c30 = T.MultiplyAdd(a3, b0, c30); c31 = T.MultiplyAdd(a3, b1, c31); c32 = T.MultiplyAdd(a3, b2, c32);
            T a4 = T.Broadcast(a[4]); c40 = T.MultiplyAdd(a4, b0, c40); c41 = T.MultiplyAdd(a4, b1, c41); c42 = T.MultiplyAdd(a4, b2, c42);
            T a5 = T.Broadcast(a[5]); c50 = T.MultiplyAdd(a5, b0, c50); c51 = T.MultiplyAdd(a5, b1, c51); c52 = T.MultiplyAdd(a5, b2, c52);
            T a6 = T.Broadcast(a[6]); c60 = T.MultiplyAdd(a6, b0, c60); c61 = T.MultiplyAdd(a6, b1, c61); c62 = T.MultiplyAdd(a6, b2, c62);
            T a7 = T.Broadcast(a[7]); c70 = T.MultiplyAdd(a7, b0, c70); c71 = T.MultiplyAdd(a7, b1, c71); c72 = T.MultiplyAdd(a7, b2, c72);
        }
        T.Store(T.Add(T.Add(c00, c01), c02), c + 0 * T.Count);
        T.Store(T.Add(T.Add(c10, c11), c12), c + 1 * T.Count);
        T.Store(T.Add(T.Add(c20, c21), c22), c + 2 * T.Count);
        T.Store(T.Add(T.Add(c30, c31), c32), c + 3 * T.Count);
        T.Store(T.Add(T.Add(c40, c41), c42), c + 4 * T.Count);
        T.Store(T.Add(T.Add(c50, c51), c52), c + 5 * T.Count);
        T.Store(T.Add(T.Add(c60, c61), c62), c + 6 * T.Count);
        T.Store(T.Add(T.Add(c70, c71), c72), c + 7 * T.Count);
    }
}
