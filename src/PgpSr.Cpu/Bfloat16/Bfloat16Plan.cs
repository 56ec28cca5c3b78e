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

    // An item's panels are read once for each tile of rows and should stay in a second-level cache of 1 MB, beside the tile's rows. Several panels
    // beside each other write longer pieces of the result's rows.
    const long GroupBytes = 640 << 10;

    const int MaxRows = 512, MaxBlockInputs = 1280;

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
        long items = (long)ItemsPerWorker * workers, most = Math.Max(1, weight.Panels * (long)stripTiles / items);
        long panels = Math.Clamp(GroupBytes / (inputs * columns * sizeof(ushort)), 1, Math.Min(weight.Panels, most));
        long groups = (weight.Panels + panels - 1) / panels;
        panels = (weight.Panels + groups - 1) / groups;
        long itemProducts = tileRows * inputs * columns * panels, wanted = (items + groups - 1) / groups;
        long blocks = Math.Max(wanted, Math.Max((stripTiles * (long)tileRows + MaxRows - 1) / MaxRows, stripTiles * itemProducts / MaxItemProducts));
        int itemTiles = (int)((stripTiles + Math.Min(blocks, stripTiles) - 1) / Math.Min(blocks, stripTiles));
        int cuts = (int)((inputs + MaxBlockInputs - 1) / MaxBlockInputs);
        long block = (inputs + cuts - 1) / cuts;
        block = (block + Bfloat16Kernels.InputPadding - 1) / Bfloat16Kernels.InputPadding * Bfloat16Kernels.InputPadding;
        int panelGroups = (int)((weight.Panels + panels - 1) / panels);
        return new Bfloat16Plan(checked(stripTiles * tileRows), itemTiles * tileRows, (int)panels, panelGroups, stride, checked((int)block));
    }
}
