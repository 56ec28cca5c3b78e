namespace PgpSr.Cpu;

/// <summary>Work on rows that do not depend on each other.</summary>
interface IRowWork
{
    /// <summary>Rows <paramref name="start"/> .. <paramref name="end"/>, the end exclusive.</summary>
    void Run(long start, long end);
}

/// <summary>
/// Rows cut into items of about <see cref="ItemElements"/> elements. What fits one item runs on the caller's thread: waking a worker costs
/// more than it saves.
/// </summary>
struct RowItems<TWork>(TWork work, long rows, long rowElements) : IParallelWork
    where TWork : struct, IRowWork
{
    /// <summary>128 KiB of float32: some ten microseconds of any element-wise operation, and a few of them fit L2.</summary>
    public const int ItemElements = 1 << 15;

    readonly long _rowsPerItem = Math.Max(1, ItemElements / Math.Max(1, rowElements));

    public readonly int Items => checked((int)((rows + _rowsPerItem - 1) / _rowsPerItem));

    public void Run(int item, int worker) => work.Run(item * _rowsPerItem, Math.Min(rows, (item + 1) * _rowsPerItem));
}
