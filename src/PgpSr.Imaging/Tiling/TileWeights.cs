namespace PgpSr.Imaging;

/// <summary>Separable weights of tiles: the weight at (y, x) is Row(y) * Column(x).</summary>
static class TileWeights
{
    // FaithDiff's tile_weights: variance 0.01 in units of the tile's side.
    const double Variance = 0.01;

    /// <summary>FaithDiff's Gaussian along x, centered between the two middle samples.</summary>
    public static double[] GaussianColumns(int tileWidth) => Gaussian(tileWidth, (tileWidth - 1) / 2.0);

    /// <summary>FaithDiff's Gaussian along y, centered on sample height / 2: half a sample lower than along x, as the released code has it.</summary>
    public static double[] GaussianRows(int tileHeight) => Gaussian(tileHeight, tileHeight / 2.0);

    static double[] Gaussian(int length, double center)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        double[] weights = new double[length];
        double spread = 2 * Variance * length * length;
        for (int i = 0; i < length; i++) weights[i] = Math.Exp(-(i - center) * (i - center) / spread) / Math.Sqrt(2 * Math.PI * Variance);
        return weights;
    }

    /// <summary>Weights along x that fade a tile into its neighbors over exactly the columns they share, and are 1 elsewhere.</summary>
    public static double[] FeatherColumns(TileGrid grid, int column)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return Feather(grid.Columns.AsSpan(), grid.TileWidth, column);
    }

    /// <summary>Weights along y; as <see cref="FeatherColumns"/>.</summary>
    public static double[] FeatherRows(TileGrid grid, int row)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return Feather(grid.Rows.AsSpan(), grid.TileHeight, row);
    }

    // Raised cosine: the two sides of an overlap sum to 1 and meet their flat parts without a kink, which a straight ramp would show on smooth skies.
    static double[] Feather(ReadOnlySpan<int> starts, int tile, int index)
    {
        double[] weights = new double[tile];
        Array.Fill(weights, 1);
        int before = index > 0 ? starts[index - 1] + tile - starts[index] : 0;
        int after = index < starts.Length - 1 ? starts[index] + tile - starts[index + 1] : 0;
        for (int i = 0; i < before; i++) weights[i] *= Ramp(i, before);
        for (int i = 0; i < after; i++) weights[tile - 1 - i] *= Ramp(i, after);
        return weights;
    }

    static double Ramp(int i, int length) => 0.5 - 0.5 * Math.Cos(Math.PI * (i + 0.5) / length);
}
