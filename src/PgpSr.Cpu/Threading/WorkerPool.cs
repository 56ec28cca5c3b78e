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
/// <remarks>
/// A worker joins an operation while it is open and the caller waits only for those that joined, so a thread that the system has not woken yet
/// delays nobody. A worker that sleeps has announced it in a flag of its own; whoever clears the flag owes it exactly one release. (One
/// semaphore for all would let a worker that falls asleep again take the release meant for another.)
/// </remarks>
sealed unsafe class WorkerPool : IDisposable
{
    // About a millisecond of looking for the next operation before sleeping (a round of SpinWait(4) is some 130 ns): long enough to bridge the wait
    // for another worker's last item and the managed code between two operations. A thread that sleeps needs some 100 microseconds to come back
    // (measured on a virtual machine), a small operation's whole time.
    const int SpinRounds = 8000;

    const int CancellationPollMilliseconds = 20;

    // _state: operations so far, whether the current one is open, and the workers that have joined it.
    const long Joined = 0xffff;
    const long Open = 0x10000;
    const long Operation = 0x20000;

    readonly Worker[] _workers;
    readonly Lock _oneAtATime = new();

    delegate*<void*, int, int, void> _run;
    void* _work;
    int _items;
    int _next;
    long _state;
    volatile bool _stop;
    CancellationToken _cancellation;
    ExceptionDispatchInfo? _failure;

    /// <param name="workers">Threads that work, the caller included; at least 1.</param>
    public WorkerPool(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, (int)Joined);
        Workers = workers;
        _workers = new Worker[workers - 1];
        for (int i = 0; i < _workers.Length; i++) _workers[i] = new Worker(this, i + 1);
        try
        {
            foreach (var worker in _workers) worker.Thread.Start();
        }
        catch
        {
            // The system has no more threads: those that began end.
            _stop = true;
            foreach (var worker in _workers) worker.Wake();
            throw;
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
        ObjectDisposedException.ThrowIf(_stop, this);
        if (items <= 0) return;
        if (items == 1 || _workers.Length == 0)
        {
            for (int item = 0; item < items; item++)
            {
                work.Run(item, 0);
                cancellation.ThrowIfCancellationRequested();
            }
            return;
        }
        Enter(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_stop, this);
            // The work struct stays on this stack frame until every worker has left it.
            _run = &Trampoline<TWork>;
            _work = Unsafe.AsPointer(ref work);
            _items = items;
            _next = 0;
            _failure = null;
            _cancellation = cancellation;
            Interlocked.Exchange(ref _state, ((_state & ~(Operation - 1)) + Operation) | Open);
            int wanted = Math.Min(items - 1, _workers.Length);
            for (int i = 0; i < wanted; i++) _workers[i].Wake();
            Claim(0);
            Interlocked.And(ref _state, ~Open);
            var spin = new SpinWait();
            while ((Volatile.Read(ref _state) & Joined) != 0) spin.SpinOnce(sleep1Threshold: -1);
            _work = null;
            _failure?.Throw();
        }
        finally
        {
            _oneAtATime.Exit();
        }
        cancellation.ThrowIfCancellationRequested();
    }

    // Another run's operation may be under way, and a request to stop this run need not wait for it.
    void Enter(CancellationToken cancellation)
    {
        while (!_oneAtATime.TryEnter(CancellationPollMilliseconds)) cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        lock (_oneAtATime)
        {
            if (_stop) return;
            _stop = true;
            Interlocked.MemoryBarrier();
            foreach (var worker in _workers) worker.Wake();
        }
        foreach (var worker in _workers) worker.Dispose();
    }

    static void Trampoline<TWork>(void* work, int item, int worker)
        where TWork : struct, IParallelWork => Unsafe.AsRef<TWork>(work).Run(item, worker);

    // True if this thread now counts among the workers of an open operation that it has not seen.
    bool Join(ref long seen)
    {
        long state = Volatile.Read(ref _state);
        while ((state & Open) != 0 && (state & ~(Operation - 1)) != seen)
        {
            long before = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (before == state)
            {
                seen = state & ~(Operation - 1);
                return true;
            }
            state = before;
        }
        return false;
    }

    bool IsOpenAndUnseen(long seen)
    {
        long state = Volatile.Read(ref _state);
        return (state & Open) != 0 && (state & ~(Operation - 1)) != seen;
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

    /// <summary>One thread of the pool and what it sleeps on.</summary>
    sealed class Worker : IDisposable
    {
        readonly WorkerPool _pool;
        readonly int _index;
        readonly SemaphoreSlim _release = new(0);
        int _asleep;

        public Worker(WorkerPool pool, int index)
        {
            _pool = pool;
            _index = index;
            Thread = new Thread(Loop) { IsBackground = true, Name = $"PgpSr.Cpu {index}" };
        }

        public Thread Thread { get; }

        /// <summary>Releases the thread if it sleeps.</summary>
        public void Wake()
        {
            if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0) _release.Release();
        }

        public void Dispose()
        {
            Thread.Join();
            _release.Dispose();
        }

        void Loop()
        {
            long seen = 0;
            int rounds = 0;
            while (!_pool._stop)
            {
                if (_pool.Join(ref seen))
                {
                    _pool.Claim(_index);
                    Interlocked.Decrement(ref _pool._state);
                    rounds = 0;
                }
                else if (rounds++ < SpinRounds)
                {
                    Thread.SpinWait(4);
                }
                else
                {
                    Sleep(seen);
                    rounds = 0;
                }
            }
        }

        // An operation opened (or a stop ordered) before the flag was up is seen here; after it, the opener sees the flag.
        void Sleep(long seen)
        {
            Interlocked.Exchange(ref _asleep, 1);
            bool stay = !_pool._stop && !_pool.IsOpenAndUnseen(seen);
            if (stay || Interlocked.Exchange(ref _asleep, 0) == 0) _release.Wait();
        }
    }
}
