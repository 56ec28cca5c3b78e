namespace PgpSr.Cpu;

/// <summary>
/// A Winograd convolution to few outputs: what is transformed of the inputs is multiplied once, so it must not travel through memory. An item is a
/// block of tiles: inputs, products and results stay in the worker's second-level cache, beside weights that were transformed once for all.
/// </summary>
unsafe struct WinogradNarrow<TLanes, TActivation>(
    WinogradPlan plan, WinogradTiles<TLanes> steps, GemmWeight weight, float* zeros, float* u, nint uStride, GemmDestination destination, Scratch scratch)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
    where TActivation : struct, ILaneFunction
{
    const int Products = WinogradTransform<TLanes>.Products;

    public readonly int Items => (plan.Tiles + plan.TileBlock - 1) / plan.TileBlock;

    public readonly void Run(int item, int worker)
    {
        int first = item * plan.TileBlock, tiles = Math.Min(plan.TileBlock, plan.Tiles - first);
        nint vStride = WinogradPlan.Stride((long)plan.TileBlock * plan.InputBlock);
        nint mStride = WinogradPlan.Stride((long)plan.TileBlock * GemmMicrokernel<TLanes>.Columns);
        long pointers = (long)plan.TileBlock * Products, vFloats = Products * vStride, mFloats = Products * mStride;
        float* v = (float*)scratch.ForWorker(worker, pointers * sizeof(float*) + (vFloats + weight.Panels * mFloats) * sizeof(float));
        float* m = v + vFloats;
        float** pixels = (float**)(m + weight.Panels * mFloats);
        for (int tile = 0; tile < tiles; tile++) steps.Pixels(first + tile, zeros, pixels + tile * Products);

        for (int block = 0; block < plan.InputBlocks; block++)
        {
            int start = block * plan.InputBlock, inputs = Math.Min(plan.InputBlock, weight.Inputs - start);
            for (int tile = 0; tile < tiles; tile++)
                WinogradTransform<TLanes>.Input(pixels + tile * Products, start, inputs, v + (nint)tile * plan.InputBlock, vStride);
            for (int panel = 0; panel < weight.Panels; panel++)
                steps.Multiply(v, vStride, tiles, panel, start, inputs, u + ((long)block * weight.Panels + panel) * Products * uStride, uStride,
                    m + panel * mFloats, mStride);
        }
        for (int panel = 0; panel < weight.Panels; panel++)
            steps.Finish<TActivation>(first, tiles, panel, m + panel * mFloats, mStride, destination);
    }
}
