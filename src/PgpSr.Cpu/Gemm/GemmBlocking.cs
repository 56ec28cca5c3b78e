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
    public static int MaxRows = 1026, MaxInner = 1280;
    public static double MaxFlop = 3e8;

    /// <summary>Cuts rows x (taps * inputs) x panels.</summary>
    public static GemmBlocking For(long rows, int inputs, int taps, int panels, int columns, int tile)
    {
        rows = Math.Max(1, rows);
        long blocks = (rows + MaxRows - 1) / MaxRows;
        int perBlock = (int)((rows + blocks - 1) / blocks + tile - 1) / tile * tile;
        blocks = (rows + perBlock - 1) / perBlock;
        int maxInner = rows <= 48 ? 128 : MaxInner;
        int tapBlock = 1, inputBlock = inputs;
        if (inputs <= maxInner) tapBlock = Math.Max(1, Math.Min(taps, maxInner / Math.Max(1, inputs)));
        else
        {
            int cuts = (inputs + maxInner - 1) / maxInner;
            inputBlock = ((inputs + cuts - 1) / cuts + 1) / 2 * 2;
        }
        double flopPerPanel = 2.0 * perBlock * inputs * taps * columns;
        int group = (int)Math.Clamp(MaxFlop / Math.Max(1, flopPerPanel), 1, Math.Max(1, panels));
        int groups = (panels + group - 1) / group;
        group = (panels + groups - 1) / groups;
        return new GemmBlocking(perBlock, checked((int)blocks), group, groups, tapBlock, inputBlock);
    }
}
