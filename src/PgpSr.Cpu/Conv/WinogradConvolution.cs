using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// A 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3). For each strip of tiles: transform inputs; then, for each panel of outputs, transform
/// weights, multiply 36 matrices, transform back and finish with the epilogue. To few outputs: transform all weights; then, for each block of tiles,
/// all the rest at once.
/// </summary>
/// <remarks>
/// Weights are not kept transformed: that would take 4 times the memory of a float32 weight and 8 times that of an F16 one, and reading so much
/// costs as much as transforming them again (NOTEBOOK). Each element's sum runs over blocks of channels in order, so that neither threads nor
/// the batch change a bit of it. A NaN or an infinity among the inputs makes NaN of all results of the tiles whose 6x6 pixels hold it: up to 8x8
/// results, where the definition has 3x3.
/// </remarks>
static unsafe class WinogradConvolution<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    public static void Run<TActivation>(
        ConvMaps maps, GemmWeight weight, Conv2dGeometry geometry, GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation)
        where TActivation : struct, ILaneFunction
    {
        if (WinogradPlan.TakesNarrow(weight.Inputs, weight.Outputs))
        {
            RunNarrow<TActivation>(maps, weight, geometry, destination, pool, scratch, cancellation);
            return;
        }
        var plan = WinogradPlan.For(maps, weight.Inputs, weight.Outputs, TLanes.Count, pool.Workers);
        var tiles = new WinogradTiles<TLanes>(plan, weight, maps, geometry);
        nint vStride = WinogradPlan.Stride((long)plan.StripTiles * plan.InputBlock);
        long zeros = plan.InputBlock * (long)plan.InputBlocks;
        long vFloats = checked(vStride * WinogradTransform<TLanes>.Products * (long)plan.InputBlocks);
        float* shared = (float*)scratch.Shared(checked((zeros + vFloats) * sizeof(float)));
        new Span<float>(shared, (int)zeros).Clear();
        var input = new WinogradInput<TLanes>(plan, tiles, weight.Inputs, shared, shared + zeros, vStride);
        var product = new WinogradProduct<TLanes, TActivation>(plan, tiles, weight, shared + zeros, vStride, destination, scratch);
        for (int first = 0; first < plan.Tiles; first += plan.StripTiles)
        {
            int count = Math.Min(plan.StripTiles, plan.Tiles - first);
            pool.Run(ref input, input.Begin(first, count), cancellation);
            pool.Run(ref product, product.Begin(first, count), cancellation);
        }
    }

    static void RunNarrow<TActivation>(
        ConvMaps maps, GemmWeight weight, Conv2dGeometry geometry, GemmDestination destination, WorkerPool pool, Scratch scratch,
        CancellationToken cancellation)
        where TActivation : struct, ILaneFunction
    {
        var plan = WinogradPlan.ForNarrow(maps, weight.Inputs, TLanes.Count, pool.Workers);
        var tiles = new WinogradTiles<TLanes>(plan, weight, maps, geometry);
        nint uStride = WinogradPlan.Stride((long)plan.InputBlock * GemmMicrokernel<TLanes>.Columns);
        long zeros = plan.InputBlock * (long)plan.InputBlocks;
        long uFloats = WinogradTransform<TLanes>.Products * (long)uStride * plan.InputBlocks * weight.Panels;
        float* shared = (float*)scratch.Shared(checked((zeros + uFloats) * sizeof(float)));
        new Span<float>(shared, (int)zeros).Clear();
        var weights = new WinogradWeights<TLanes>(plan, tiles, weight, shared + zeros, uStride, scratch);
        pool.Run(ref weights, weights.Items, cancellation);
        var narrow = new WinogradNarrow<TLanes, TActivation>(plan, tiles, weight, shared, shared + zeros, uStride, destination, scratch);
        pool.Run(ref narrow, narrow.Items, cancellation);
    }
}
