using System.Runtime.CompilerServices;
using PgpSr.Tensors;

namespace PgpSr.Cpu;

/// <summary>
/// A product of rows with a packed weight, in items of a block of rows and a few panels. For each panel: for each block of the inner sum: widen
/// that block of the weight if it is 16-bit, then run over the tiles of rows, keeping sums in scratch until the last block ends in the epilogue.
/// </summary>
unsafe struct GemmWork<TLanes, TSource, TActivation>(
    GemmWeight weight, TSource source, long rows, GemmDestination destination, GemmBlocking blocking, Scratch scratch) : IParallelWork
    where TLanes : struct, ILanes<TLanes>
    where TSource : struct, IGemmRows
    where TActivation : struct, ILaneFunction
{
    const int TileRows = GemmMicrokernel<TLanes>.Rows;

    // A result of more than 8 MB is not in a cache when it is written. 3 to 128 channels of 256x256 (32 MB): 1.8 ms for 2.4 without prefetching;
    // 4 to 320 of 64x64 (5 MB): 0.266 for 0.248 with it.
    const long CachedFloats = 1 << 21;

    // 64 KB of weights come from the L2 cache faster than a tile uses them.
    const long MaxFloatsTileByTile = 1 << 14;

    public readonly void Run(int item, int worker)
    {
        int taps = weight.Taps, inputs = weight.Inputs, tapsOfPointer = source.TapsOfPointer, sets = taps / tapsOfPointer;
        int tileFloats = TileRows * GemmMicrokernel<TLanes>.Columns;
        long firstRow = (long)(item / blocking.PanelGroups) * blocking.Rows;
        int count = (int)Math.Min(blocking.Rows, rows - firstRow), tiles = (count + TileRows - 1) / TileRows;
        int firstPanel = item % blocking.PanelGroups * blocking.Panels, endPanel = Math.Min(weight.Panels, firstPanel + blocking.Panels);
        bool gated = weight.Form == LinearForm.Geglu;
        bool oneBlock = blocking.Taps == taps && blocking.Inputs == inputs, widen = weight.Type != DType.F32;
        long innerFloats = (long)blocking.Taps * blocking.Inputs * GemmMicrokernel<TLanes>.Columns;
        bool tileByTile = oneBlock && blocking.Panels > 1 && innerFloats * blocking.Panels <= MaxFloatsTileByTile;

        // At most MaxRows x (taps pointers + a panel's columns) + MaxInner x a panel's columns + one row of zeros (+ the
        // copies of a narrow kernel, 64 floats x kernel height x rows): under a megabyte for 3x3 at 512 bits.
        long tableBytes = Align((long)tiles * sets * TileRows * sizeof(float*)), zeroBytes = Align(inputs * sizeof(float));
        long sumBytes = (oneBlock ? 1L : tiles) * tileFloats * sizeof(float);
        long wideBytes = widen ? (innerFloats * (tileByTile ? blocking.Panels : 1) + GemmMicrokernel<TLanes>.Columns) * sizeof(float) : 0;
        long copyBytes = source.CopyFloats(count) * sizeof(float);
        byte* memory = scratch.ForWorker(worker, tableBytes + zeroBytes + sumBytes + wideBytes + copyBytes);
        float** table = (float**)memory;
        float* zeros = (float*)(memory + tableBytes), sums = (float*)(memory + tableBytes + zeroBytes), wide = sums + sumBytes / sizeof(float);
        float* copies = wide + wideBytes / sizeof(float);
        new Span<float>(zeros, inputs).Clear();
        source.Fill(firstRow, count, zeros, copies, table);

        if (tileByTile)
        {
            RunTileByTile(firstRow, count, firstPanel, endPanel, table, sets, sums, wide);
            return;
        }
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int vectors = weight.Vectors(panel), columns = vectors * TLanes.Count;
            float* bias = weight.Bias + panel * GemmMicrokernel<TLanes>.Columns;
            for (int tap = 0; tap < taps; tap += blocking.Taps)
            {
                int tapCount = Math.Min(blocking.Taps, taps - tap);
                for (int start = 0; start < inputs || inputs == 0; start += blocking.Inputs)
                {
                    int inputCount = Math.Min(blocking.Inputs, inputs - start);
                    bool first = tap == 0 && start == 0, last = tap + tapCount == taps && start + inputCount == inputs;
                    float* b = wide;
                    if (widen) GemmWidening<TLanes>.Run(weight, panel, tap, tapCount, start, inputCount, wide);
                    else b = (float*)weight.Elements + panel * weight.PanelElements + ((long)tap * inputs + start) * columns;
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        int tileRows = Math.Min(TileRows, count - tile * TileRows);
                        float* c = oneBlock ? sums : sums + (long)tile * tileFloats;
                        GemmMicrokernel<TLanes>.Run(
                            table + ((long)tile * sets + tap / tapsOfPointer) * TileRows, tapCount / tapsOfPointer, start, inputCount * tapsOfPointer,
                            b, tileRows, vectors, first ? GemmSum.Start : GemmSum.Continue, c, columns);
                        if (last)
                            GemmEpilogue<TLanes>.Run<TActivation>(
                                c, bias, tileRows, vectors, gated, firstRow + tile * TileRows, weight.FirstOutput(panel), destination);
                    }
                    if (inputs == 0) break;
                }
            }
        }
    }

    // All panels of a tile before the next tile: the result is written in whole rows, which is what a short inner sum spends its time on.
    readonly void RunTileByTile(long firstRow, int count, int firstPanel, int endPanel, float** table, int sets, float* sums, float* wide)
    {
        int taps = weight.Taps, inputs = weight.Inputs, tapsOfPointer = source.TapsOfPointer;
        bool widen = weight.Type != DType.F32, gated = weight.Form == LinearForm.Geglu, prefetch = rows * destination.Outputs > CachedFloats;
        long panelFloats = widen ? (long)taps * inputs * GemmMicrokernel<TLanes>.Columns : weight.PanelElements;
        float* panels = widen ? wide : (float*)weight.Elements + firstPanel * weight.PanelElements;
        for (int panel = firstPanel; widen && panel < endPanel; panel++)
            GemmWidening<TLanes>.Run(weight, panel, 0, taps, 0, inputs, wide + (panel - firstPanel) * panelFloats);
        for (int row = 0; row < count; row += TileRows, table += sets * TileRows)
        {
            int tileRows = Math.Min(TileRows, count - row);
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int vectors = weight.Vectors(panel), columns = vectors * TLanes.Count;
                if (prefetch)
                    GemmEpilogue<TLanes>.Prefetch(tileRows, gated ? columns / 2 : columns, firstRow + row, weight.FirstOutput(panel), destination);
                float* b = panels + (panel - firstPanel) * panelFloats, bias = weight.Bias + panel * GemmMicrokernel<TLanes>.Columns;
                GemmMicrokernel<TLanes>.Run(table, sets, 0, inputs * tapsOfPointer, b, tileRows, vectors, GemmSum.Start, sums, columns);
                GemmEpilogue<TLanes>.Run<TActivation>(sums, bias, tileRows, vectors, gated, firstRow + row, weight.FirstOutput(panel), destination);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static long Align(long bytes) => (bytes + NativeMemoryBlock.Alignment - 1) / NativeMemoryBlock.Alignment * NativeMemoryBlock.Alignment;
}
