namespace PgpSr.Cpu;

/// <summary>
/// Spreads a plane operation over the workers. Usually an item is a group of channels of a sample, its planes in the worker's own scratch. Where
/// planes are too large for that or groups too few, the workers share one group's planes and an item is a run of rows or columns. Both compute every
/// number alike, so the choice, which depends on the thread count, does not show in the results.
/// </summary>
static unsafe class PlaneSchedule<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    // Registers that an item of a shared plane walks over, some 100 microseconds of work.
    const long ItemRegisters = 1 << 14;

    public static void Run<TOperation>(TOperation operation, WorkerPool pool, Scratch scratch, CancellationToken cancellation)
        where TOperation : struct, IPlaneOperation<TLanes>
    {
        var shape = operation.Shape;
        if (shape.Channels == 0) return;
        int groups = checked(shape.Batch * shape.GroupCount);
        long planeBytes = checked(sizeof(float) * TOperation.Maps * (long)shape.GroupFloats);
        bool small = planeBytes <= PlaneSchedule.LargestOwnBytes && planeBytes * Math.Min(groups, pool.Workers) <= PlaneSchedule.OwnBytes;
        if (small && (pool.Workers == 1 || groups >= 2 * pool.Workers))
        {
            var whole = new WholeGroups<TOperation> { Operation = operation, Scratch = scratch };
            pool.Run(ref whole, groups, cancellation);
            return;
        }
        float* planes = (float*)scratch.Shared(planeBytes);
        for (int group = 0; group < groups; group++)
        {
            for (int phase = 0; phase < TOperation.Phases; phase++)
            {
                int units = operation.Units(phase);
                long registersOfUnit = TOperation.Maps * (long)shape.GroupFloats / TLanes.Count / units + 1;
                int unitsOfItem = (int)Math.Clamp(ItemRegisters / registersOfUnit, 1, units);
                var part = new GroupPart<TOperation>
                {
                    Operation = operation,
                    Scratch = scratch,
                    Group = group,
                    Phase = phase,
                    UnitsOfItem = unitsOfItem,
                    Planes = planes,
                };
                pool.Run(ref part, (units + unitsOfItem - 1) / unitsOfItem, cancellation);
            }
        }
    }

    struct WholeGroups<TOperation> : IParallelWork
        where TOperation : struct, IPlaneOperation<TLanes>
    {
        public TOperation Operation;
        public Scratch Scratch;

        public readonly void Run(int item, int worker)
        {
            var shape = Operation.Shape;
            nint planeFloats = TOperation.Maps * shape.GroupFloats;
            float* planes = (float*)Scratch.ForWorker(worker, sizeof(float) * (planeFloats + (long)shape.ScratchFloats));
            for (int phase = 0; phase < TOperation.Phases; phase++)
            {
                Operation.Run(phase, item / shape.GroupCount, item % shape.GroupCount, 0, Operation.Units(phase), planes, planes + planeFloats);
            }
        }
    }

    struct GroupPart<TOperation> : IParallelWork
        where TOperation : struct, IPlaneOperation<TLanes>
    {
        public TOperation Operation;
        public Scratch Scratch;
        public int Group;
        public int Phase;
        public int UnitsOfItem;
        public float* Planes;

        public readonly void Run(int item, int worker)
        {
            var shape = Operation.Shape;
            float* scratch = (float*)Scratch.ForWorker(worker, sizeof(float) * (long)shape.ScratchFloats);
            int first = item * UnitsOfItem;
            int end = Math.Min(first + UnitsOfItem, Operation.Units(Phase));
            Operation.Run(Phase, Group / shape.GroupCount, Group % shape.GroupCount, first, end, Planes, scratch);
        }
    }
}

/// <summary>What planes may take; a bound of every machine, for budgets are planned with it.</summary>
static class PlaneSchedule
{
    /// <summary>Planes of a worker: beyond this they would come from memory anyhow, and a transform takes long enough to delay a cancellation.</summary>
    public const long LargestOwnBytes = 16L << 20;

    /// <summary>Planes of all workers together.</summary>
    public const long OwnBytes = 4 * LargestOwnBytes;
}
