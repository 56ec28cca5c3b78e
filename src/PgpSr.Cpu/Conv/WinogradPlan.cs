namespace PgpSr.Cpu;

/// <summary>
/// How a Winograd convolution is cut. Strips of tiles: all inputs of a strip are transformed, then multiplied with weights that are
/// transformed block by block just before, then transformed back.
/// </summary>
/// <param name="TilesX">Tiles beside each other.</param>
/// <param name="TilesY">Tiles above each other.</param>
/// <param name="Tiles">Tiles of all samples.</param>
/// <param name="InputBlock">Input channels that are multiplied at once, a multiple of the lanes.</param>
/// <param name="InputBlocks">Such blocks.</param>
/// <param name="TileBlock">Tiles of one item of products.</param>
/// <param name="StripTiles">Tiles of a strip: one or more blocks.</param>
/// <param name="IsNarrow">Whether all weights are transformed beforehand.</param>
readonly record struct WinogradPlan(int TilesX, int TilesY, int Tiles, int InputBlock, int InputBlocks, int TileBlock, int StripTiles, bool IsNarrow)
{
    /// <summary>Columns of one item of products: a panel of the widest kernels, several of the narrow ones.</summary>
    public const int ItemColumns = 64;

    // A transformed block of weights (36 x 64 x 64 floats, 590 KB) is written and read within a second-level cache of 1 MB, and sums of 64 keep
    // the rounding error at half of what one sum over all channels has.
    const int MaxInputBlock = 64;

    // Each item transforms its weights anew, which 128 tiles make 4 % of its time and 32 tiles 15 %.
    const int MaxTileBlock = 128, MinTileBlock = 32;

    // Transformed inputs of a strip, which lie in the third-level cache. With 1280 channels 128 tiles, with 2560 channels 64 tiles take 24 MB.
    const long StripBytes = 12 << 20, MaxStripBytes = 24 << 20;

    // Smaller blocks of tiles, if with larger ones workers would wait for the last item for more than this share of the time.
    const double MaxIdle = 1.15;

    // 36 x 64 x 64 floats of transformed weights for each 64 of them: 1.8 MB.
    const int MaxNarrowInputs = 192;

    // A multiple of the micro-kernel's rows. Transformed inputs and products take 36 x (64 + 64) floats a tile: 1.3 MB.
    const int NarrowTiles = 72;

    const int Products = 36;

    /// <summary>Tiles of one image.</summary>
    public static long TilesOf(int outHeight, int outWidth) => (outHeight + 3L) / 4 * ((outWidth + 3L) / 4);

    /// <summary>Cuts a convolution. Only the cuts of tiles depend on the workers, and so not a bit of the result.</summary>
    public static WinogradPlan For(ConvMaps maps, int inputs, int outputs, int lanes, int workers)
    {
        int tiles = checked((int)(maps.Samples * TilesOf(maps.OutHeight, maps.OutWidth)));
        int blocks = Math.Max(1, (inputs + MaxInputBlock - 1) / MaxInputBlock);
        int inputBlock = Math.Max(lanes, ((inputs + blocks - 1) / blocks + lanes - 1) / lanes * lanes);
        blocks = Math.Max(1, (inputs + inputBlock - 1) / inputBlock);
        long bytesPerTile = (long)Products * inputBlock * blocks * sizeof(float);
        int groups = (outputs + ItemColumns - 1) / ItemColumns, tileBlock = MaxTileBlock, strip;
        while (true)
        {
            strip = (int)Math.Max(1, Math.Min(StripBytes / bytesPerTile, tiles) / tileBlock) * tileBlock;
            long items = (long)groups * ((Math.Min(strip, tiles) + tileBlock - 1) / tileBlock), rounds = (items + workers - 1) / workers;
            bool idle = rounds * workers > items * MaxIdle;
            if (tileBlock == MinTileBlock || !(idle || strip * bytesPerTile > MaxStripBytes)) break;
            tileBlock /= 2;
        }
        tileBlock = Math.Max(1, Math.Min(tileBlock, tiles));
        strip = Math.Max(1, Math.Min(strip, tiles));
        return new WinogradPlan((maps.OutWidth + 3) / 4, (maps.OutHeight + 3) / 4, tiles, inputBlock, blocks, tileBlock, strip, false);
    }

    /// <summary>
    /// Whether a convolution has few outputs, and weights that stay in a cache when they are transformed. Asked of the weights alone; both ways give the
    /// same bits.
    /// </summary>
    public static bool TakesNarrow(int inputs, int outputs) => outputs <= ItemColumns && inputs <= MaxNarrowInputs;

    /// <summary>Cuts a convolution to few outputs: blocks of tiles, one strip.</summary>
    public static WinogradPlan ForNarrow(ConvMaps maps, int inputs, int lanes, int workers)
    {
        var plan = For(maps, inputs, ItemColumns, lanes, workers);
        // A worker's blocks are of one size, but for the edge of its last micro-kernel.
        int share = (plan.Tiles + workers - 1) / workers, blocks = Math.Max(1, (share + NarrowTiles - 1) / NarrowTiles), rows = GemmMicrokernel<Lanes128>.Rows;
        int tileBlock = ((share + blocks - 1) / blocks + rows - 1) / rows * rows;
        return plan with { TileBlock = Math.Max(1, Math.Min(tileBlock, plan.Tiles)), StripTiles = plan.Tiles, IsNarrow = true };
    }

    /// <summary>
    /// Floats from one of the 36 matrices to the next where a matrix has <paramref name="floats"/>: a cache line more, or all 36 would share a
    /// set of the first-level cache.
    /// </summary>
    public static nint Stride(long floats) => (nint)(floats + NativeMemoryBlock.Alignment / sizeof(float));
}
