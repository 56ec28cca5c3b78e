using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PgpSr.Benchmarks;

/// <summary>
/// What two reads and one write of a tensor cost: one pass that sums x, then, when all threads are done, one that reads x again and writes y.
/// This is the memory traffic that a group norm cannot avoid, with nothing computed.
/// </summary>
sealed unsafe class StreamBandwidth : IDisposable
{
    // Threads begin on their creator's processor and move in some milliseconds: passes before those that count.
    static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(20);

    readonly int _threads;
    readonly nint _count;
    readonly float* _x;
    readonly float* _y;
    float _sink;

    public StreamBandwidth(int threads, int count)
    {
        _threads = threads;
        // Whole blocks of four 64-byte lines for every thread.
        nint block = (nint)threads * 64;
        _count = (count + block - 1) / block * block;
        _x = (float*)NativeMemory.AlignedAlloc((nuint)_count * sizeof(float), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)_count * sizeof(float), 64);
        for (nint i = 0; i < _count; i++) _y[i] = _x[i] = i & 7;
    }

    /// <summary>Bytes that the two reads and the write move.</summary>
    public double Bytes => 3.0 * _count * sizeof(float);

    /// <summary>Seconds of each of so many passes, with ordinary stores or with stores that go around the caches.</summary>
    public double[] Run(int passes, bool nonTemporal)
    {
        nint share = _count / _threads;
        var times = new double[passes];
        int arrived = 0, next = -1;
        var workers = Enumerable.Range(0, _threads).Select(index => new Thread(() =>
        {
            float* x = _x + index * share, y = _y + index * share;
            int meetings = 0;
            void Meet()
            {
                Interlocked.Increment(ref arrived);
                for (int all = ++meetings * _threads; Volatile.Read(ref arrived) < all;) Thread.SpinWait(1);
            }

            long began = Stopwatch.GetTimestamp();
            for (int pass = -1; pass < passes; pass = Volatile.Read(ref next))
            {
                Meet();
                long start = Stopwatch.GetTimestamp();
                _sink += Sum(x, share);
                Meet();
                Copy(x, y, share, nonTemporal);
                Meet();
                if (index == 0)
                {
                    if (pass >= 0) times[pass] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    if (pass >= 0 || Stopwatch.GetElapsedTime(began) > s_settle) Volatile.Write(ref next, pass + 1);
                }
                Meet();
            }
        })
        { IsBackground = true }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return times;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Sum(float* x, nint count)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint i = 0; i < count; i += 64)
        {
            s0 += Vector512.LoadAligned(x + i);
            s1 += Vector512.LoadAligned(x + i + 16);
            s2 += Vector512.LoadAligned(x + i + 32);
            s3 += Vector512.LoadAligned(x + i + 48);
        }
        return Vector512.Sum(s0 + s1 + (s2 + s3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Copy(float* x, float* y, nint count, bool nonTemporal)
    {
        if (nonTemporal)
            for (nint i = 0; i < count; i += 16) Vector512.StoreAlignedNonTemporal(Vector512.LoadAligned(x + i), y + i);
        else
            for (nint i = 0; i < count; i += 16) Vector512.StoreAligned(Vector512.LoadAligned(x + i), y + i);
    }

    /// <summary>Frees the two tensors.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_x);
        NativeMemory.AlignedFree(_y);
        GC.KeepAlive(_sink);
    }
}
