using PgpSr.Tensors;

namespace PgpSr.Gpu.Ptx;

/// <summary>A tile of results by four warps, two by two.</summary>
/// <param name="Rows">Rows of a group.</param>
/// <param name="Columns">Columns of a group.</param>
/// <param name="Stages">Inner steps in flight in shared memory.</param>
sealed record ProductTile(int Rows, int Columns, int Stages)
{
    public const int Threads = 128;

    /// <summary>Inner indices of one step: two mma deep, 64 bytes of a row.</summary>
    public const int Inner = 32;

    /// <summary>
    /// Warps of 64 x 64: 128 accumulators a thread, and one ldmatrix for 4 mma, which is what shared memory can feed. Three stages are the
    /// 48 KiB that a kernel may declare without asking the driver for more.
    /// </summary>
    public static ProductTile Large { get; } = new(128, 128, 3);

    /// <summary>Warps of 32 x 64, for products that fill the device with this tile but not with the large one.</summary>
    public static ProductTile Medium { get; } = new(64, 128, 4);

    /// <summary>Warps of 32 x 32, for the smallest products.</summary>
    public static ProductTile Small { get; } = new(64, 64, 4);

    public static IReadOnlyList<ProductTile> All { get; } = [Large, Medium, Small];

    public int WarpRows => Rows / 2;

    public int WarpColumns => Columns / 2;

    /// <summary>Bytes of both operands in one step.</summary>
    public int StageBytes => (Rows + Columns) * Inner * 2;

    public int SharedBytes => Stages * StageBytes;

    /// <summary>The tile for a product on a device of <paramref name="multiprocessors"/>: the largest that gives every multiprocessor the two groups that fit.</summary>
    public static ProductTile Choose(int rows, int columns, int multiprocessors)
    {
        foreach (var tile in All)
        {
            if ((long)tile.CountRows(rows) * tile.CountColumns(columns) >= 2L * multiprocessors) return tile;
        }
        return Small;
    }

    public int CountRows(int rows) => (rows + Rows - 1) / Rows;

    public int CountColumns(int columns) => (columns + Columns - 1) / Columns;

    /// <inheritdoc/>
    public override string ToString() => $"{Rows}x{Columns}";
}

/// <summary>What is fixed in the text of a product kernel of binary16 factors; everything else is a parameter.</summary>
/// <param name="Tile">Tile and pipeline depth.</param>
/// <param name="Pointwise">One tap, stride 1, no padding: rows of the left operand are rows of memory.</param>
/// <param name="Activation">Applied to the sum.</param>
/// <param name="Geglu">Columns 2j and 2j+1 are value and gate.</param>
/// <param name="OddColumns">An odd number of columns: pairs of results are not aligned.</param>
/// <param name="HalfResult">Result and residual are binary16, not float32.</param>
sealed record ProductVariant(
    ProductTile Tile, bool Pointwise, Activation Activation, bool Geglu, bool OddColumns, bool HalfResult = false)
{
    /// <summary>The entry point's name.</summary>
    public string Name =>
        $"product_{Tile}_F16_{(Pointwise ? "rows" : "taps")}_{(Geglu ? "Geglu" : Activation)}{(OddColumns ? "_odd" : "")}{(HalfResult ? "_half" : "")}";
}
