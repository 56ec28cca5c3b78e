namespace PgpSr.Cpu;

sealed partial class KernelSet<TLanes>
{
    static unsafe void Multiply<TSource, TActivation>(
        TSource source, long rows, Bfloat16Kernels kernels, GemmWeight weight, in GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation)
        where TSource : struct, IGemmRows
        where TActivation : struct, ILaneFunction
    {
        var plan = Bfloat16Plan.For(rows, weight, kernels.TileRows, pool.Workers);
        // Rows beyond the last are multiplied as they are and go nowhere.
        var rounded = (ushort*)scratch.Shared(checked(plan.StripRows * plan.StrideBytes));
        var round = new Bfloat16Rows<TSource>(source, weight, plan, rounded, scratch);
        var multiply = new Bfloat16Products<TLanes, TActivation>(kernels, weight, plan, rounded, destination, scratch);
        for (long first = 0; first < rows; first += plan.StripRows)
        {
            int count = (int)Math.Min(plan.StripRows, rows - first);
            pool.Run(ref round, round.Begin(first, count), cancellation);
            pool.Run(ref multiply, multiply.Begin(first, count), cancellation);
        }
    }
}
