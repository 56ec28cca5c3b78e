namespace PgpSr.Cpu;

/// <summary>
/// Products of a strip's rounded rows with a packed weight, each panel ending in the float32 epilogue. An item is a block of rows and a few panels.
/// </summary>
unsafe struct Bfloat16Products<TLanes, TActivation>(
    Bfloat16Kernels kernels, GemmWeight weight, Bfloat16Plan plan, ushort* rounded, GemmDestination destination, Scratch scratch) : IParallelWork
    where TLanes : struct, ILanes<TLanes>
    where TActivation : struct, ILaneFunction
{
    // Rows whose sums are still in the first-level cache when the epilogue reads them.
    const int EpilogueRows = 32;

    long _first;
    int _count;
    int _rowBlocks;

    /// <summary>Turns to a strip and tells its items.</summary>
    public int Begin(long first, int count)
    {
        _first = first;
        _count = count;
        _rowBlocks = (count + plan.Rows - 1) / plan.Rows;
        return checked(_rowBlocks * plan.PanelGroups);
    }

    public readonly void Run(int item, int worker)
    {
        // Items with the same panels follow each other.
        int start = item % _rowBlocks * plan.Rows, count = Math.Min(plan.Rows, _count - start);
        int firstPanel = item / _rowBlocks * plan.Panels, endPanel = Math.Min(weight.Panels, firstPanel + plan.Panels);
        int inputs = weight.StoredInputs * weight.Taps, tileRows = kernels.TileRows, block = plan.BlockInputs;
        // One block of the inner sum: a tile's sums go to the epilogue at once. Several: those of all rows wait for the last one.
        int rowsAtOnce = block >= inputs ? (EpilogueRows + tileRows - 1) / tileRows * tileRows : plan.Rows;
        float* sums = (float*)scratch.ForWorker(worker, (long)rowsAtOnce * weight.PanelVectors * TLanes.Count * sizeof(float));
        bool gated = weight.Form == Tensors.LinearForm.Geglu;
        byte* a = (byte*)rounded + start * plan.StrideBytes;
        for (int row = 0; row < count; row += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, count - row);
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int vectors = weight.Vectors(panel), columns = vectors * TLanes.Count;
                ushort* b = (ushort*)weight.Elements + panel * weight.PanelElements;
                float* bias = weight.Bias + panel * weight.PanelVectors * TLanes.Count;
                GemmEpilogue<TLanes>.Prefetch(rows, gated ? columns / 2 : columns, _first + start + row, weight.FirstOutput(panel), destination);
                for (int input = 0; input < inputs; input += block)
                {
                    var call = new Bfloat16Call
                    {
                        A = (nint)(a + row * plan.StrideBytes + input * sizeof(ushort)),
                        AStride = (nint)plan.StrideBytes,
                        B = (nint)(b + (long)input * columns),
                        C = (nint)sums,
                        Steps = Math.Min(block, inputs - input) / kernels.StepInputs,
                        Tiles = (rows + tileRows - 1) / tileRows,
                        Continue = input,
                    };
                    kernels.Multiply(ref call, vectors);
                }
                GemmEpilogue<TLanes>.Run<TActivation>(
                    sums, bias, rows, vectors, gated, _first + start + row, weight.FirstOutput(panel), destination);
            }
        }
    }
}
