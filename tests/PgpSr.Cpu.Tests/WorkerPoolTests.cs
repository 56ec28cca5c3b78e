namespace PgpSr.Cpu.Tests;

/// <summary>Every item once, whoever sleeps.</summary>
public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Every_item_runs_exactly_once_in_thousands_of_operations(int workers)
    {
        using var pool = new WorkerPool(workers);
        var random = new Random(workers);
        for (int operation = 0; operation < 4000; operation++)
        {
            // Now and then long enough for some workers, or all, to fall asleep while others are being woken.
            if (operation % 400 == 0) Thread.Sleep(random.Next(3));
            else if (operation % 7 == 0) Thread.SpinWait(random.Next(4000));
            var work = new CountedWork(new int[random.Next(1, 9)], workers);
            pool.Run(ref work, work.Runs.Length, TestContext.Current.CancellationToken);
            Assert.All(work.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failing_item_reaches_the_caller_and_the_pool_works_on(int workers)
    {
        using var pool = new WorkerPool(workers);
        for (int i = 0; i < 50; i++)
        {
            var failing = new FailingWork();
            Assert.Throws<InvalidTimeZoneException>(() => pool.Run(ref failing, 9, CancellationToken.None));
            var work = new CountedWork(new int[5], workers);
            pool.Run(ref work, 5, TestContext.Current.CancellationToken);
            Assert.All(work.Runs, runs => Assert.Equal(1, runs));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_cancelled_operation_begins_no_further_item(int workers)
    {
        using var pool = new WorkerPool(workers);
        using var source = new CancellationTokenSource();
        var work = new CancellingWork(source, new int[1000]);
        Assert.Throws<OperationCanceledException>(() => pool.Run(ref work, work.Runs.Length, source.Token));
        Assert.True(work.Runs.Sum() <= 10 + workers, $"{work.Runs.Sum()} items ran");
    }

    [Fact]
    public void Operations_of_several_callers_take_turns()
    {
        using var pool = new WorkerPool(3);
        Parallel.For(0, 4, caller =>
        {
            for (int operation = 0; operation < 500; operation++)
            {
                var work = new CountedWork(new int[2 + caller], 3);
                pool.Run(ref work, work.Runs.Length, CancellationToken.None);
                Assert.All(work.Runs, runs => Assert.Equal(1, runs));
            }
        });
    }

    readonly struct CountedWork(int[] runs, int workers) : IParallelWork
    {
        public int[] Runs { get; } = runs;

        public void Run(int item, int worker)
        {
            Assert.InRange(worker, 0, workers - 1);
            Interlocked.Increment(ref Runs[item]);
        }
    }

    readonly struct FailingWork : IParallelWork
    {
        public void Run(int item, int worker)
        {
            if (item == 4) throw new InvalidTimeZoneException();
        }
    }

    readonly struct CancellingWork(CancellationTokenSource source, int[] runs) : IParallelWork
    {
        public int[] Runs { get; } = runs;

        public void Run(int item, int worker)
        {
            Runs[item]++;
            if (item == 9) source.Cancel();
        }
    }
}
