namespace PgpSr.Cpu.Tests;

public sealed class WorkerPoolTests
{
    struct Count(int[] runs) : IParallelWork
    {
        public readonly void Run(int item, int worker) => Interlocked.Increment(ref runs[item]);
    }

    // A pause now and then lets workers fall asleep, so that runs find them spinning, asleep and on the way between.
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7)]
    public void Every_item_of_thousands_of_runs_is_run_once(int workers)
    {
        using var pool = new WorkerPool(workers);
        for (int run = 0; run < 2000; run++)
        {
            int[] runs = new int[run % 11];
            var work = new Count(runs);
            pool.Run(ref work, runs.Length, TestContext.Current.CancellationToken);
            Assert.All(runs, count => Assert.Equal(1, count));
            if (run % 100 == 0) Thread.Sleep(2);
        }
    }

    struct Failure : IParallelWork
    {
        public readonly void Run(int item, int worker)
        {
            if (item == 5) throw new InvalidOperationException("item 5");
        }
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_pool_goes_on()
    {
        using var pool = new WorkerPool(3);
        var failure = new Failure();
        Assert.Throws<InvalidOperationException>(() => pool.Run(ref failure, 100, CancellationToken.None));
        int[] runs = new int[4];
        var work = new Count(runs);
        pool.Run(ref work, 4, CancellationToken.None);
        Assert.Equal([1, 1, 1, 1], runs);
    }
}
