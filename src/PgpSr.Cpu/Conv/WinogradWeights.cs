namespace PgpSr.Cpu;

/// <summary>Transforms all weights of a convolution to few outputs: U[block of channels][panel][36]. An item is a block of channels of a panel.</summary>
unsafe struct WinogradWeights<TLanes>(WinogradPlan plan, WinogradTiles<TLanes> steps, GemmWeight weight, float* u, nint uStride, Scratch scratch)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
{
    public readonly int Items => plan.InputBlocks * weight.Panels;

    public readonly void Run(int item, int worker)
    {
        float* wide = (float*)scratch.ForWorker(worker, steps.WideFloats * sizeof(float));
        int panel = item % weight.Panels, start = item / weight.Panels * plan.InputBlock;
        steps.Transform(panel, start, Math.Min(plan.InputBlock, weight.Inputs - start), wide, u + (long)item * WinogradTransform<TLanes>.Products * uStride, uStride);
    }
}
