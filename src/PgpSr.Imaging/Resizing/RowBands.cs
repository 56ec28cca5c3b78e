namespace PgpSr.Imaging;

/// <summary>Runs work on bands of rows in parallel where there is enough of it. Rows do not depend on each other, so results do not depend on the
/// split.</summary>
static class RowBands
{
    // About 50 microseconds of work: below it, handing it to another thread costs more than it saves.
    const long WorthAThread = 1 << 18;

    /// <param name="rowCount">Rows.</param>
    /// <param name="workPerRow">Multiply-adds of one row.</param>
    /// <param name="run">First row and count.</param>
    public static void Run(int rowCount, long workPerRow, Action<int, int> run)
    {
        long bands = Math.Min(Math.Min(rowCount, rowCount * workPerRow / WorthAThread), Environment.ProcessorCount * 4L);
        if (bands <= 1)
        {
            if (rowCount > 0) run(0, rowCount);
            return;
        }
        Parallel.For(0, (int)bands, band =>
        {
            int first = (int)(band * (long)rowCount / bands), end = (int)((band + 1) * (long)rowCount / bands);
            run(first, end - first);
        });
    }
}
