namespace PgpSr.Cpu;

/// <summary>How a product is cut. None of it changes a bit of the result.</summary>
/// <param name="Rows">Rows of one item, a multiple of the tile's.</param>
/// <param name="RowBlocks">Items along the rows.</param>
/// <param name="Panels">Panels of one item.</param>
/// <param name="PanelGroups">Items along the panels.</param>
/// <param name="Taps">Taps of one block of the inner sum: all inputs of them are summed at once. 1 if a tap is cut itself.</param>
/// <param name="Inputs">Inputs of one block of the inner sum.</param>
readonly record struct GemmBlocking(int Rows, int RowBlocks, int Panels, int PanelGroups, int Taps, int Inputs)
{
    // Sums of 1026 rows (171 tiles of 6) x 64 columns and 1280 x 64 weights take 256 and 320 KB of a 1 MB L2 cache; fewer rows read or widen the
    // weights more often. Zen 5, 2 threads, fraction of peak for 1026x1280, 1026x640, 516x1280, 258x640: linear 1024x1280x5120 .951 .935 .923 .918,
    // 3x3 convolution 128 channels of 256x256 .955 .883 .945 .896. 4104 rows where there are
    // no sums: linear 4096x640x640 .886 for .936.
    const int MaxRows = 1026;
    const int MaxInner = 1280;

    // With few rows the weights are used once or so: a block that is widened should then still be in the L1 cache.
    const int FewRows = 48;
    const int MaxInnerOfFewRows = 128;

    // The most multiply-adds of whole vectors in one item: about 4 ms of one 4 GHz core with two units.
    const long MaxItemVectors = 1L << 25;

    // What it costs to fetch or widen a vector of weights, to find a row under a tap, and to begin an item, in multiply-adds of a vector.
    const long WeightCost = 8;
    const long PointerCost = 6;
    const long ItemCost = 4000;

    /// <summary>Cuts rows x (taps * inputs) x panels so that the workers end at about the same time.</summary>
    /// <param name="rows">At least 1.</param>
    /// <param name="weight">The right operand.</param>
    /// <param name="tapsOfPointer">Taps that must stay in one block.</param>
    /// <param name="tile">Rows of a tile.</param>
    /// <param name="workers">Threads.</param>
    public static GemmBlocking For(long rows, GemmWeight weight, int tapsOfPointer, int tile, int workers)
    {
        int inputs = weight.Inputs, taps = weight.Taps, panels = weight.Panels;
        int maxInner = rows <= FewRows ? MaxInnerOfFewRows : MaxInner;
        int tapBlock = 1, inputBlock = inputs;
        if (inputs <= maxInner) tapBlock = Math.Clamp(maxInner / Math.Max(1, inputs) / tapsOfPointer, 1, taps / tapsOfPointer) * tapsOfPointer;
        else
        {
            int cuts = (inputs + maxInner - 1) / maxInner;
            inputBlock = ((inputs + cuts - 1) / cuts + 1) / 2 * 2; // even, for pairs of 16-bit weights
        }

        long panelVectors = Math.Max(1, (long)inputs * taps * weight.PanelVectors);
        long blocks = Math.Max((rows + MaxRows - 1) / MaxRows, (rows * panelVectors + MaxItemVectors - 1) / MaxItemVectors);
        var best = default(GemmBlocking);
        double bestCost = double.PositiveInfinity;
        // Row blocks up to 8 times as many as needed, and every different size of panel group.
        for (int more = 0; more < 8; more++)
        {
            int blockRows = Tiled(rows, blocks + more * Math.Max(1, blocks / 4), tile);
            long rowBlocks = (rows + blockRows - 1) / blockRows;
            long itemVectors = panelVectors * (blockRows + WeightCost);
            for (int groups = panels; groups > 0;)
            {
                int group = (panels + groups - 1) / groups;
                groups = (panels + group - 1) / group;
                long items = rowBlocks * groups;
                double cost = group * itemVectors + blockRows * (taps / tapsOfPointer) * PointerCost + ItemCost;
                // The last round of items may be waited for; a tenth of an item stands for what disturbs any plan.
                double time = ((items + workers - 1) / workers + 0.1) * cost;
                if (time < bestCost && (group == 1 || group * panelVectors * blockRows <= MaxItemVectors))
                {
                    bestCost = time;
                    best = new GemmBlocking(blockRows, checked((int)rowBlocks), group, groups, tapBlock, inputBlock);
                }
                if (group == panels) break;
                groups = Math.Min(groups - 1, (panels + group) / (group + 1));
            }
            if (blockRows <= FewRows) break;
        }
        return best;
    }

    static int Tiled(long rows, long blocks, int tile) => checked((int)(((rows + blocks - 1) / blocks + tile - 1) / tile * tile));
}
