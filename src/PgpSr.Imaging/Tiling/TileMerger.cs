using System.Numerics;
using System.Runtime.InteropServices;

namespace PgpSr.Imaging;

/// <summary>
/// Merges overlapping tiles as weighted means, holding one row of tiles at a time: rows that no later tile reaches can be taken out before the rest
/// exists. Tiles come in row-major order, each in as many pieces as one likes, so that sums are formed in one order and the result is the same bytes
/// however they were computed. Samples are interleaved [height, width, channels]. Where only one tile lies, its samples come out as they went in.
/// </summary>
sealed unsafe class TileMerger : IDisposable
{
    readonly TileGrid _grid;
    readonly int _channels;
    readonly float[][] _rowWeights;
    readonly float[][] _columnWeights;
    readonly int _rowLength;

    // Row y of the picture lies at y modulo the tile's height: rows taken out make room for those that come in below, without moving any.
    float* _sum;
    int _next;
    int _rowOfTile;
    int _bandStart;

    /// <summary>Prepares a merge with feathered borders.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="channels">Samples per pixel.</param>
    public TileMerger(TileGrid grid, int channels)
        : this(grid, channels, row => TileWeights.FeatherRows(grid, row), column => TileWeights.FeatherColumns(grid, column))
    {
    }

    /// <summary>Prepares a merge.</summary>
    /// <param name="grid">The tiles.</param>
    /// <param name="channels">Samples per pixel.</param>
    /// <param name="rowWeights">Weights along y of a row of tiles; the weight of a sample is their product.</param>
    /// <param name="columnWeights">Weights along x of a column of tiles.</param>
    public TileMerger(TileGrid grid, int channels, Func<int, double[]> rowWeights, Func<int, double[]> columnWeights)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(rowWeights);
        ArgumentNullException.ThrowIfNull(columnWeights);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _grid = grid;
        _channels = channels;
        _rowLength = checked(grid.Width * channels);
        _rowWeights = Normalized(grid.Rows.AsSpan(), grid.TileHeight, grid.Height, rowWeights, repeat: 1);
        _columnWeights = Normalized(grid.Columns.AsSpan(), grid.TileWidth, grid.Width, columnWeights, repeat: channels);
        _sum = (float*)NativeMemory.AllocZeroed((nuint)BandBytes(grid, channels));
    }

    /// <summary>Bytes that a merger of such tiles holds.</summary>
    public static long BandBytes(TileGrid grid, int channels)
    {
        ArgumentNullException.ThrowIfNull(grid);
        return checked((long)grid.TileHeight * grid.Width * channels * sizeof(float));
    }

    /// <summary>FaithDiff's merge: Gaussian weights on every tile.</summary>
    public static TileMerger CreateGaussian(TileGrid grid, int channels)
    {
        ArgumentNullException.ThrowIfNull(grid);
        double[] rows = TileWeights.GaussianRows(grid.TileHeight), columns = TileWeights.GaussianColumns(grid.TileWidth);
        return new(grid, channels, _ => rows, _ => columns);
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

    /// <summary>Adds the next rows of the next tile in row-major order. All ready rows must be taken before the first tile of a row of
    /// tiles.</summary>
    /// <param name="samples">[any number of rows that the tile still lacks, tile width, channels].</param>
    public void Add(ReadOnlySpan<float> samples)
    {
        ObjectDisposedException.ThrowIf(_sum is null, this);
        if (_next >= _grid.Count) throw new InvalidOperationException("all tiles were added");
        Tile tile = _grid[_next];
        int length = tile.Width * _channels, count = samples.Length / length;
        if (count * length != samples.Length || count > tile.Height - _rowOfTile)
            Throw.SpanLength(nameof(samples), (long)(tile.Height - _rowOfTile) * length, samples.Length);
        if (tile.Y != _bandStart && tile.Column == 0) throw new InvalidOperationException($"take the {tile.Y - _bandStart} ready rows first");
        float[] rows = _rowWeights[tile.Row], columns = _columnWeights[tile.Column];
        for (int y = 0; y < count; y++, _rowOfTile++)
        {
            Span<float> sum = Row(tile.Y + _rowOfTile).Slice(tile.X * _channels, length);
            AddWeighted(samples.Slice(y * length, length), columns, rows[_rowOfTile], sum);
        }
        if (_rowOfTile < tile.Height) return;
        _rowOfTile = 0;
        _next++;
    }

    /// <summary>Takes final rows out, as many as the span holds (at most <see cref="RowsReady"/>).</summary>
    public void Take(Span<float> destination)
    {
        ObjectDisposedException.ThrowIf(_sum is null, this);
        int count = destination.Length / _rowLength;
        if (count * _rowLength != destination.Length || count > RowsReady)
            Throw.SpanLength(nameof(destination), (long)RowsReady * _rowLength, destination.Length);
        for (int y = 0; y < count; y++)
        {
            Span<float> row = Row(_bandStart + y);
            row.CopyTo(destination[(y * _rowLength)..]);
            row.Clear();
        }
        _bandStart += count;
    }

    Span<float> Row(int y) => new(_sum + (long)(y % _grid.TileHeight) * _rowLength, _rowLength);

    static void AddWeighted(ReadOnlySpan<float> samples, ReadOnlySpan<float> columns, float row, Span<float> sum)
    {
        int i = 0;
        Vector<float> rows = new(row);
        for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sum[i..]) + new Vector<float>(samples[i..]) * (new Vector<float>(columns[i..]) * rows)).CopyTo(sum[i..]);
        for (; i < sum.Length; i++) sum[i] += samples[i] * (columns[i] * row);
    }

    // A weight is a product of two, so that sums of weights are products of sums: each axis is normalized alone, and nothing is left to divide by.
    static float[][] Normalized(ReadOnlySpan<int> starts, int tile, int length, Func<int, double[]> weights, int repeat)
    {
        double[] total = new double[length];
        double[][] all = new double[starts.Length][];
        for (int i = 0; i < starts.Length; i++)
        {
            all[i] = weights(i);
            for (int t = 0; t < tile; t++) total[starts[i] + t] += all[i][t];
        }
        float[][] normalized = new float[starts.Length][];
        for (int i = 0; i < starts.Length; i++)
        {
            normalized[i] = new float[tile * repeat];
            for (int t = 0; t < tile; t++) normalized[i].AsSpan(t * repeat, repeat).Fill((float)(all[i][t] / total[starts[i] + t]));
        }
        return normalized;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_sum);
        _sum = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back where nobody disposed the merger.</summary>
    ~TileMerger() => NativeMemory.Free(_sum);
}
