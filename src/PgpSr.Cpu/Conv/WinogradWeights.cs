namespace PgpSr.Cpu;

/// <summary>Transforms all weights of a convolution to few outputs: U[block of channels][panel][36]. An item is a few channels of a panel.</summary>
unsafe struct WinogradWeights<TLanes>(WinogradPlan plan, WinogradTiles<TLanes> steps, GemmWeight weight, float* u, nint uStride, Scratch scratch)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
{
    // Four items of a convolution of 64 to 64: in a small map nobody waits for all of them.
    const int ItemInputs = 16;

    readonly int Pieces => (plan.InputBlock + ItemInputs - 1) / ItemInputs;

    public readonly int Items => plan.InputBlocks * weight.Panels * Pieces;

    public readonly void Run(int item, int worker)
    {
        int piece = item % Pieces * ItemInputs, panel = item / Pieces % weight.Panels, block = item / Pieces / weight.Panels;
        int start = block * plan.InputBlock + piece, inputs = Math.Min(Math.Min(ItemInputs, plan.InputBlock - piece), weight.Inputs - start);
        if (inputs <= 0) return;
        float* wide = (float*)scratch.ForWorker(worker, steps.WideFloats * sizeof(float));
        float* to = u + ((long)block * weight.Panels + panel) * WinogradTransform<TLanes>.Products * uStride + (long)piece * weight.Vectors(panel) * TLanes.Count;
        steps.Transform(panel, start, inputs, wide, to, uStride);
    }
}
