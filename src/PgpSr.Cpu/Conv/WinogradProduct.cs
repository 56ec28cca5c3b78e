namespace PgpSr.Cpu;

/// <summary>
/// Products of a strip and their way back. An item is a block of tiles and some panels of outputs: for each block of channels it transforms the
/// weights and adds 36 products of matrices to M[36][tile][column] in scratch; then it transforms M to pixels and applies the epilogue.
/// </summary>
unsafe struct WinogradProduct<TLanes, TActivation>(
    WinogradPlan plan, WinogradTiles<TLanes> steps, GemmWeight weight, float* v, nint vStride, GemmDestination destination, Scratch scratch)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
    where TActivation : struct, ILaneFunction
{
    const int Products = WinogradTransform<TLanes>.Products;

    static int PanelsPerItem => WinogradPlan.ItemColumns / GemmMicrokernel<TLanes>.Columns;

    int _first;
    int _count;
    int _blocks;

    /// <summary>Turns to a strip and tells its items.</summary>
    public int Begin(int first, int count)
    {
        _first = first;
        _count = count;
        _blocks = (count + plan.TileBlock - 1) / plan.TileBlock;
        return checked((weight.Panels + PanelsPerItem - 1) / PanelsPerItem * _blocks);
    }

    public readonly void Run(int item, int worker)
    {
        // Items with the same weights follow each other.
        int group = item / _blocks, first = item % _blocks * plan.TileBlock, tiles = Math.Min(plan.TileBlock, _count - first);

        // 36 x (64 channels + 128 tiles) x 64 columns and, for 16-bit weights, 9 x 64 x 64: under 2 MB.
        nint uStride = WinogradPlan.Stride((long)plan.InputBlock * GemmMicrokernel<TLanes>.Columns);
        nint mStride = WinogradPlan.Stride((long)plan.TileBlock * GemmMicrokernel<TLanes>.Columns);
        long uFloats = Products * uStride, mFloats = Products * mStride;
        float* u = (float*)scratch.ForWorker(worker, (uFloats + PanelsPerItem * mFloats + steps.WideFloats) * sizeof(float));
        float* m = u + uFloats, wide = m + PanelsPerItem * mFloats;
        int firstPanel = group * PanelsPerItem, endPanel = Math.Min(weight.Panels, firstPanel + PanelsPerItem);

        for (int block = 0; block < plan.InputBlocks; block++)
        {
            int start = block * plan.InputBlock, inputs = Math.Min(plan.InputBlock, weight.Inputs - start);
            float* vBlock = v + block * (Products * vStride) + (nint)first * plan.InputBlock;
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                steps.Transform(panel, start, inputs, wide, u, uStride);
                steps.Multiply(vBlock, vStride, tiles, panel, start, inputs, u, uStride, m + (panel - firstPanel) * mFloats, mStride);
            }
        }
        for (int panel = firstPanel; panel < endPanel; panel++)
            steps.Finish<TActivation>(_first + first, tiles, panel, m + (panel - firstPanel) * mFloats, mStride, destination);
    }
}
