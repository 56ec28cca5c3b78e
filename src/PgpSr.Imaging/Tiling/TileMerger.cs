namespace PgpSr.Imaging;

/// <summary>
/// Merges overlapping tiles as weighted means, holding one row of tiles at a time: rows that no later tile reaches can be taken out before the rest exists. Tiles come in
/// row-major order, so that sums are formed in one order and the result is the same bytes however they were computed. Samples are interleaved [height, width, channels].
/// </summary>
public sealed class TileMerger
{
    readonly TileGrid _grid;
    readonly int _channels;
    readonly Func<Tile, (double[] Rows, double[] Columns)> _weights;
    readonly double[] _sum;
    readonly double[] _weight;
    int _next;
    int _bandStart;

    /// <summary>Prepares a merge.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="channels">Samples per pixel.</param>
    /// <param name="weights">Row and column weights of a tile; null for feathered borders.</param>
    public TileMerger(TileGrid grid, int channels, Func<Tile, (double[] Rows, double[] Columns)>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _grid = grid;
        _channels = channels;
        _weights = weights ?? (tile => (TileWeights.FeatherRows(grid, tile.Row), TileWeights.FeatherColumns(grid, tile.Column)));
        _sum = new double[checked(grid.TileHeight * grid.Width * channels)];
        _weight = new double[checked(grid.TileHeight * grid.Width)];
    }

    /// <summary>FaithDiff's merge: Gaussian weights on every tile.</summary>
    public static TileMerger CreateGaussian(TileGrid grid, int channels)
    {
        ArgumentNullException.ThrowIfNull(grid);
        (double[], double[]) weights = (TileWeights.GaussianRows(grid.TileHeight), TileWeights.GaussianColumns(grid.TileWidth));
        return new(grid, channels, _ => weights);
    }

    /// <summary>The first row that is not yet taken.</summary>
    public int NextRow => _bandStart;

    /// <summary>Rows that are final and can be taken now.</summary>
    public int RowsReady
    {
        get
        {
            int finished = _next / _grid.Columns.Length;
            return (finished >= _grid.Rows.Length ? _grid.Height : _grid.Rows[finished]) - _bandStart;
        }
    }

    /// <summary>Adds the next tile in row-major order. All ready rows must be taken before the first tile of a row of tiles.</summary>
    /// <param name="samples">[tile height, tile width, channels].</param>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (_next >= _grid.Count)
            throw new InvalidOperationException("all tiles were added");
        Tile tile = _grid[_next];
        if (samples.Length != tile.Width * tile.Height * _channels)
            Throw.SpanLength(nameof(samples), (long)tile.Width * tile.Height * _channels, samples.Length);
        if (tile.Y != _bandStart && tile.Column == 0)
            throw new InvalidOperationException($"take the {tile.Y - _bandStart} ready rows first");
        (double[] rows, double[] columns) = _weights(tile);
        for (int y = 0; y < tile.Height; y++)
        {
            int at = y * _grid.Width + tile.X;
            Span<double> sum = _sum.AsSpan(at * _channels, tile.Width * _channels), weight = _weight.AsSpan(at, tile.Width);
            ReadOnlySpan<float> row = samples.Slice(y * tile.Width * _channels, tile.Width * _channels);
            for (int x = 0, i = 0; x < weight.Length; x++)
            {
                double w = rows[y] * columns[x];
                weight[x] += w;
                for (int c = 0; c < _channels; c++, i++)
                    sum[i] += w * row[i];
            }
        }
        _next++;
    }

    /// <summary>Takes final rows out, as many as the span holds (at most <see cref="RowsReady"/>).</summary>
    public void Take(Span<float> destination)
    {
        int rowLength = _grid.Width * _channels, count = destination.Length / rowLength;
        if (count * rowLength != destination.Length || count > RowsReady)
            Throw.SpanLength(nameof(destination), (long)RowsReady * rowLength, destination.Length);
        for (int i = 0, p = 0; i < destination.Length; p++)
            for (int c = 0; c < _channels; c++, i++)
                destination[i] = (float)(_sum[i] / _weight[p]);
        // What is left moves up, and the rows that come in below are empty.
        int kept = _grid.TileHeight - count;
        _sum.AsSpan(count * rowLength).CopyTo(_sum);
        _sum.AsSpan(kept * rowLength).Clear();
        _weight.AsSpan(count * _grid.Width).CopyTo(_weight);
        _weight.AsSpan(kept * _grid.Width).Clear();
        _bandStart += count;
    }
}
