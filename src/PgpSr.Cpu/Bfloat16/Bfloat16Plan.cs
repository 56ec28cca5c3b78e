namespace PgpSr.Cpu;

/// <summary>How a bfloat16 product is cut. Rows of a strip are rounded together, then multiplied with all panels. None of it changes a bit.</summary>
/// <param name="StripRows">Rows that are rounded to shared scratch at once: whole tiles.</param>
/// <param name="Rows">Rows of one item: whole tiles.</param>
/// <param name="Panels">Panels of one item.</param>
/// <param name="PanelGroups">Items along the panels.</param>
/// <param name="StrideBytes">From one rounded row to the next.</param>
/// <param name="BlockInputs">Inputs of one block of the inner sum, whole steps of either kernel.</param>
readonly record struct Bfloat16Plan(int StripRows, int Rows, int Panels, int PanelGroups, long StrideBytes, int BlockInputs)
{
    // Rounded rows lie in the third-level cache between the two halves of the work.
    const long StripBytes = 16 << 20;

    // Rounded rows of an item are read once for each of its panels and should stay in a second-level cache of 1 MB, beside a panel's block.
    const long ItemBytes = 512 << 10;

    const int MaxRows = 256, MaxBlockInputs = 1280;

    // At most about a millisecond of the slower kernels, for cancellation and balance.
    const long MaxItemProducts = 1L << 28;

    const int ItemsPerWorker = 6, Line = 64;

    /// <summary>Cuts rows x (taps * inputs) x panels.</summary>
    public static Bfloat16Plan For(long rows, GemmWeight weight, int tileRows, int workers)
    {
        long inputs = (long)weight.StoredInputs * weight.Taps, columns = (long)weight.PanelVectors * weight.Lanes;
        // An odd number of cache lines, so that the rows of a tile fall on different cache sets.
        long stride = inputs * sizeof(ushort);
        stride = stride / Line % 2 == 0 ? stride + Line : stride;
        long tiles = (rows + tileRows - 1) / tileRows;
        int stripTiles = (int)Math.Clamp(StripBytes / (stride * tileRows), 1, tiles);
        int itemTiles = (int)Math.Clamp(Math.Min(ItemBytes / (stride * tileRows), MaxRows / tileRows), 1, stripTiles);
        long panelProducts = itemTiles * tileRows * inputs * columns, rowBlocks = (stripTiles + itemTiles - 1) / itemTiles;
        long groups = Math.Max(1, ((long)ItemsPerWorker * workers + rowBlocks - 1) / rowBlocks);
        long panels = Math.Clamp(Math.Min(MaxItemProducts / panelProducts, (weight.Panels + groups - 1) / groups), 1, weight.Panels);
        int cuts = (int)((inputs + MaxBlockInputs - 1) / MaxBlockInputs);
        long block = (inputs + cuts - 1) / cuts;
        block = (block + Bfloat16Kernels.InputPadding - 1) / Bfloat16Kernels.InputPadding * Bfloat16Kernels.InputPadding;
        return new Bfloat16Plan(checked(stripTiles * tileRows), itemTiles * tileRows, (int)panels, (int)((weight.Panels + panels - 1) / panels), stride,
            checked((int)block));
    }
}
