using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace PgpSr.Benchmarks;

/// <summary>
/// What two reads and one write of a tensor cost: one pass that sums x, then, when all threads are done, one that reads x again and writes y.
/// This is the memory traffic that a group norm cannot avoid, with nothing computed.
/// </summary>
sealed unsafe class StreamBandwidth : IDisposable
{
    // 128 KiB: from 256 KiB on, TensorPrimitives stores around the caches.
    const int Piece = 1 << 15;
    // Threads begin on their creator's processor and move in some milliseconds: bytes that are moved before those that count.
    const double Settling = 1e9;

    readonly int _threads, _share;
    readonly float* _x, _y;

    public StreamBandwidth(int threads, int count)
    {
        (_threads, _share) = (threads, (count + threads - 1) / threads);
        _x = (float*)NativeMemory.AlignedAlloc((nuint)_share * (nuint)threads * sizeof(float), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)_share * (nuint)threads * sizeof(float), 64);
        for (int i = 0; i < threads; i++)
        {
            new Span<float>(_x + (nint)i * _share, _share).Fill(1);
            new Span<float>(_y + (nint)i * _share, _share).Fill(1);
        }
    }

    /// <summary>Bytes that the two reads and the write move.</summary>
    public double Bytes => 3.0 * _share * _threads * sizeof(float);

    /// <summary>Seconds of each of so many passes, with ordinary stores or with stores that go around the caches.</summary>
    public IEnumerable<double> Run(int passes, bool nonTemporal)
    {
        int first = 1 + (int)(Settling / Bytes), piece = nonTemporal ? _share : Piece, arrived = 0;
        var marks = new long[2 * (first + passes) + 1];
        // Without sleep: waking up takes longer than a pass where others compute too.
        void Meet(int index, int meeting)
        {
            Interlocked.Increment(ref arrived);
            while (Volatile.Read(ref arrived) < (meeting + 1) * _threads) Thread.SpinWait(1);
            if (index == 0) marks[meeting] = Stopwatch.GetTimestamp();
        }

        var workers = Enumerable.Range(0, _threads).Select(index => new Thread(() =>
        {
            float* x = _x + (nint)index * _share, y = _y + (nint)index * _share;
            for (int pass = 0; pass < first + passes; pass++)
            {
                Meet(index, 2 * pass);
                _ = TensorPrimitives.Sum(new ReadOnlySpan<float>(x, _share));
                Meet(index, 2 * pass + 1);
                for (int start = 0; start < _share; start += piece)
                {
                    int count = Math.Min(piece, _share - start);
                    TensorPrimitives.Negate<float>(new ReadOnlySpan<float>(x + start, count), new Span<float>(y + start, count));
                }
            }
            Meet(index, 2 * (first + passes));
        })
        { IsBackground = true }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        // Two meetings a pass; where it ends the next begins.
        return [.. Enumerable.Range(first, passes).Select(pass => Stopwatch.GetElapsedTime(marks[2 * pass], marks[2 * pass + 2]).TotalSeconds)];
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_x);
        NativeMemory.AlignedFree(_y);
    }
}
