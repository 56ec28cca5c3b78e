using System.Numerics;
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
    readonly int _threads;
    readonly nint _count;
    float* _x;
    float* _y;
    float _sink;

    public StreamBandwidth(int threads, int count)
    {
        _threads = threads;
        // Whole blocks of four 64-byte lines for every thread.
        nint block = (nint)threads * 64;
        _count = (count + block - 1) / block * block;
        _x = (float*)NativeMemory.AlignedAlloc((nuint)_count * sizeof(float), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)_count * sizeof(float), 64);
        for (nint i = 0; i < _count; i++)
        {
            _x[i] = i & 7;
            _y[i] = 0;
        }
    }

    /// <summary>Bytes that the two reads and the write move.</summary>
    public double Bytes => 3.0 * _count * sizeof(float);

    /// <summary>Seconds, with ordinary stores or with stores that go around the caches.</summary>
    public double Run(bool nonTemporal)
    {
        nint share = _count / _threads;
        int pending = _threads;
        return TogetherTimer.Run(_threads, index =>
        {
            float* x = _x + index * share;
            _sink += Sum(x, share);
            Interlocked.Decrement(ref pending);
            while (Volatile.Read(ref pending) > 0) Thread.SpinWait(1);
            if (nonTemporal) CopyAround(x, _y + index * share, share);
            else Copy(x, _y + index * share, share);
        });
    }

    // The widest vectors in use: Vector<T> would stop at 256 bits by default.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Sum(float* x, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
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
        Vector<float> t0 = default, t1 = default, t2 = default, t3 = default;
        int lanes = Vector<float>.Count;
        for (nint i = 0; i < count; i += 4 * lanes)
        {
            t0 += Vector.LoadAligned(x + i);
            t1 += Vector.LoadAligned(x + i + lanes);
            t2 += Vector.LoadAligned(x + i + 2 * lanes);
            t3 += Vector.LoadAligned(x + i + 3 * lanes);
        }
        return Vector.Sum(t0 + t1 + (t2 + t3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Copy(float* x, float* y, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            for (nint i = 0; i < count; i += 32)
            {
                Vector512.StoreAligned(Vector512.LoadAligned(x + i), y + i);
                Vector512.StoreAligned(Vector512.LoadAligned(x + i + 16), y + i + 16);
            }
            return;
        }
        for (nint i = 0; i < count; i += Vector<float>.Count) Vector.StoreAligned(Vector.LoadAligned(x + i), y + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyAround(float* x, float* y, nint count)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            for (nint i = 0; i < count; i += 32)
            {
                Vector512.StoreAlignedNonTemporal(Vector512.LoadAligned(x + i), y + i);
                Vector512.StoreAlignedNonTemporal(Vector512.LoadAligned(x + i + 16), y + i + 16);
            }
            return;
        }
        for (nint i = 0; i < count; i += Vector<float>.Count) Vector.StoreAlignedNonTemporal(Vector.LoadAligned(x + i), y + i);
    }

    /// <summary>Frees the two tensors.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_x);
        NativeMemory.AlignedFree(_y);
        _x = _y = null;
        GC.KeepAlive(_sink);
    }
}
