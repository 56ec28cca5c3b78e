using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace PgpSr.Cpu;

/// <summary>Work that is cut into independent items; the result must not depend on which worker runs which item.</summary>
interface IParallelWork
{
    /// <param name="item">0 .. items-1, each run exactly once.</param>
    /// <param name="worker">0 .. workers-1: whose scratch memory to use.</param>
    void Run(int item, int worker);
}

/// <summary>
/// A few threads that run the items of one operation together with the caller. Items are claimed from a counter, so uneven ones balance;
/// since each item computes its own part of the result in its own order, the bytes do not depend on the thread count. Before each item a
/// cancellation request is looked at: keep an item under some milliseconds.
/// </summary>
sealed unsafe class WorkerPool : IDisposable
{
    // Long enough to bridge the gap between two operations of a network (a few microseconds of managed code), short enough not to burn a core
    // that the caller's other work could use.
    const int SpinRounds = 2000;

    readonly Thread[] _threads;
    readonly SemaphoreSlim _wake = new(0);
    readonly Lock _oneAtATime = new();

    delegate*<void*, int, int, void> _run;
    void* _work;
    int _items;
    int _next;
    int _busy;
    volatile int _generation;
    volatile int _sleeping;
    volatile bool _stop;
    CancellationToken _cancellation;
    ExceptionDispatchInfo? _failure;

    /// <param name="workers">Threads that work, the caller included; at least 1.</param>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;
        _threads = new Thread[workers - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => WorkerLoop(worker)) { IsBackground = true, Name = $"PgpSr.Cpu {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads that work, the caller included.</summary>
    public int Workers { get; }

    /// <summary>Runs all items and returns when the last has ended.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; items that had not begun were left out.</exception>
    public void Run<TWork>(ref TWork work, int items, CancellationToken cancellation)
        where TWork : struct, IParallelWork
    {
        cancellation.ThrowIfCancellationRequested();
        if (items <= 0) return;
        if (items == 1 || _threads.Length == 0)
        {
            for (int item = 0; item < items; item++)
            {
                work.Run(item, 0);
                cancellation.ThrowIfCancellationRequested();
            }
            return;
        }
        lock (_oneAtATime)
        {
            ObjectDisposedException.ThrowIf(_stop, this);
            // The work struct stays on this stack frame until every worker has left it.
            _run = &Trampoline<TWork>;
            _work = Unsafe.AsPointer(ref work);
            _items = items;
            _next = 0;
            _failure = null;
            _cancellation = cancellation;
            _busy = _threads.Length;
            Interlocked.Increment(ref _generation);
            int asleep = _sleeping;
            if (asleep > 0) _wake.Release(asleep);
            Claim(0);
            var spin = new SpinWait();
            while (Volatile.Read(ref _busy) > 0) spin.SpinOnce(sleep1Threshold: -1);
            _work = null;
            _failure?.Throw();
        }
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        lock (_oneAtATime)
        {
            if (_stop) return;
            _stop = true;
            _wake.Release(_threads.Length + 1);
        }
        foreach (var thread in _threads) thread.Join();
        _wake.Dispose();
    }

    static void Trampoline<TWork>(void* work, int item, int worker)
        where TWork : struct, IParallelWork => Unsafe.AsRef<TWork>(work).Run(item, worker);

    void WorkerLoop(int worker)
    {
        int seen = 0;
        while (true)
        {
            int rounds = 0;
            while (_generation == seen && !_stop)
            {
                if (rounds++ < SpinRounds)
                {
                    Thread.SpinWait(8);
                    continue;
                }
                Interlocked.Increment(ref _sleeping);
                // A generation published before this thread counted as asleep is seen here; one published after it releases the semaphore.
                if (_generation == seen && !_stop) _wake.Wait();
                Interlocked.Decrement(ref _sleeping);
            }
            if (_stop) return;
            seen = _generation;
            Claim(worker);
            Interlocked.Decrement(ref _busy);
        }
    }

    void Claim(int worker)
    {
        try
        {
            while (!_cancellation.IsCancellationRequested)
            {
                int item = Interlocked.Increment(ref _next) - 1;
                if (item >= _items) return;
                _run(_work, item, worker);
            }
        }
        catch (Exception e)
        {
            // Kept for the caller, who rethrows it; the other workers stop at their next claim.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            Volatile.Write(ref _next, _items);
        }
    }
}
