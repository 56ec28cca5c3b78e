using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// Products of a strip and their way back. An item is a block of tiles and some panels of outputs: for each block of channels it transforms the
/// weights and adds 36 products of matrices to M[36][tile][column] in scratch; then it transforms M to pixels and applies the epilogue.
/// </summary>
unsafe struct WinogradProduct<TLanes, TActivation>(
    WinogradPlan plan, GemmWeight weight, float* v, nint vStride, ConvMaps maps, GemmDestination destination, Scratch scratch)
    : IParallelWork
    where TLanes : struct, ILanes<TLanes>
    where TActivation : struct, ILaneFunction
{
    const int Products = WinogradTransform<TLanes>.Products, Outputs = WinogradTransform<TLanes>.Outputs, Taps = 9;

    const int TileRows = GemmMicrokernel<TLanes>.Rows;

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
        bool widen = weight.Type != DType.F32;

        // 36 x (64 channels + 128 tiles) x 64 columns and, for 16-bit weights, 9 x 64 x 64: under 2 MB.
        nint uStride = WinogradPlan.Stride((long)plan.InputBlock * GemmMicrokernel<TLanes>.Columns);
        nint mStride = WinogradPlan.Stride((long)plan.TileBlock * GemmMicrokernel<TLanes>.Columns);
        long uFloats = Products * uStride, mFloats = Products * mStride;
        long wideFloats = widen ? (Taps * (long)plan.InputBlock + 1) * GemmMicrokernel<TLanes>.Columns : 0;
        float* u = (float*)scratch.ForWorker(worker, (uFloats + PanelsPerItem * mFloats + wideFloats) * sizeof(float));
        float* m = u + uFloats, wide = m + PanelsPerItem * mFloats;
        int firstPanel = group * PanelsPerItem, endPanel = Math.Min(weight.Panels, firstPanel + PanelsPerItem);

        for (int block = 0; block < plan.InputBlocks; block++)
        {
            int start = block * plan.InputBlock, inputs = Math.Min(plan.InputBlock, weight.Inputs - start);
            float* vBlock = v + block * (Products * vStride) + (nint)first * plan.InputBlock;
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int columns = weight.Vectors(panel) * TLanes.Count;
                if (widen)
                {
                    GemmWidening<TLanes>.Run(weight, panel, 0, Taps, start, inputs, wide);
                    WinogradTransform<TLanes>.Weight(wide, (nint)inputs * columns, inputs, columns, u, uStride);
                }
                else
                {
                    float* taps = (float*)weight.Elements + panel * weight.PanelElements + (nint)start * columns;
                    WinogradTransform<TLanes>.Weight(taps, (nint)weight.Inputs * columns, inputs, columns, u, uStride);
                }
                Multiply(vBlock, tiles, panel, start, inputs, u, uStride, m + (panel - firstPanel) * mFloats, mStride);
            }
        }
        for (int panel = firstPanel; panel < endPanel; panel++) Finish(_first + first, tiles, panel, m + (panel - firstPanel) * mFloats, mStride);
    }

    [SkipLocalsInit]
    readonly void Multiply(float* from, int tiles, int panel, int start, int inputs, float* u, nint uStride, float* m, nint mStride)
    {
        float** table = stackalloc float*[TileRows];
        int vectors = weight.Vectors(panel);
        var sum = start == 0 ? GemmSum.Start : GemmSum.Add;
        nint rowStride = plan.InputBlock, columns = vectors * TLanes.Count;
        for (int f = 0; f < Products; f++, from += vStride, u += uStride, m += mStride)
        {
            PrefetchWeight(panel, start + inputs, inputs, f);
            for (int tile = 0; tile < tiles; tile += TileRows)
            {
                int rows = Math.Min(TileRows, tiles - tile), ahead = tile + TileRows;
                for (int r = 0; r < rows; r++) table[r] = from + (tile + r) * rowStride;
                // Rows of this length are over before the hardware has seen a stream in them: without this, 372 for 449 GFLOP/s.
                Prefetch(ahead < tiles ? from + ahead * rowStride : from + vStride, TileRows * rowStride * sizeof(float));
                GemmMicrokernel<TLanes>.Run(table, 1, 0, inputs, u, rows, vectors, sum, m + tile * columns, columns);
            }
        }
    }

    // A 36th of the weights of the next block of channels, which memory delivers while this one is multiplied: 9 % of 1280 channels at 16x16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    readonly void PrefetchWeight(int panel, int start, int inputs, int f)
    {
        const int parts = Products / Taps;
        long row = weight.Vectors(panel) * TLanes.Count * weight.Type.Size(), part = inputs * row / parts;
        byte* elements = weight.Elements + panel * weight.PanelElements * weight.Type.Size();
        Prefetch(elements + ((long)f / parts * weight.StoredInputs + start) * row + f % parts * part, (nint)part);
    }

    // A hint: an address beyond the end is no error.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(void* from, nint bytes)
    {
        if (!Sse.IsSupported) return;
        for (nint i = 0; i < bytes; i += NativeMemoryBlock.Alignment) Sse.Prefetch0((byte*)from + i);
    }

    [SkipLocalsInit]
    readonly void Finish(int first, int tiles, int panel, float* m, nint mStride)
    {
        int vectors = weight.Vectors(panel), columns = vectors * TLanes.Count;
        float* results = stackalloc float[Outputs * Outputs * WinogradPlan.ItemColumns];
        float* bias = weight.Bias + panel * GemmMicrokernel<TLanes>.Columns;
        for (int tile = 0; tile < tiles; tile++, m += columns)
        {
            WinogradTransform<TLanes>.Output(m, mStride, columns, results);
            int index = first + tile, left = index % plan.TilesX * Outputs, top = index / plan.TilesX % plan.TilesY * Outputs;
            int rows = Math.Min(Outputs, maps.OutHeight - top), pixels = Math.Min(Outputs, maps.OutWidth - left);
            long pixel = ((long)(index / plan.TilesX / plan.TilesY) * maps.OutHeight + top) * maps.OutWidth + left;
            for (int row = 0; row < rows; row++, pixel += maps.OutWidth)
                GemmEpilogue<TLanes>.Run<TActivation>(
                    results + row * Outputs * columns, bias, pixels, vectors, false, pixel, weight.FirstOutput(panel), destination);
        }
    }
}
