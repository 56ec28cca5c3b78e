using System.Numerics.Tensors;
using PgpSr.Imaging;
using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>
/// Looks for numbers that are no picture and no latent, in two places. In each tile's result: values that are not finite, and one value all over where
/// the input varies. In the finished rows of a picture: a tile of one value after clamping where its source varies, which catches values so far outside
/// the range that the picture would be black or white. A blank page's grain does not count: to take it away is no fault.
/// </summary>
sealed class OutputWatch(string model, UpscaleStage stage)
{
    const int Channels = 3;

    // 16 levels of 255, in units of [-1, 1].
    const float LeastContrast = 16 / 127.5f;

    // Of the tile whose result passes.
    float _least;
    float _most;

    // Of the finished picture's tiles.
    TileGrid? _grid;
    UpscaleStage _finishing;
    int _width;
    int _height;
    Picture[] _tiles = [];

    /// <summary>Whether an interleaved input, black -1 and white 1, shows anything: whether a pixel differs from the first by more than grain does.</summary>
    public static bool Varies(ReadOnlySpan<float> pixels, int channels)
    {
        for (int i = channels; i < pixels.Length; i++)
            if (Math.Abs(pixels[i] - pixels[i % channels]) > LeastContrast) return true;
        return false;
    }

    /// <summary>Looks at finished rows of a picture, too.</summary>
    /// <param name="grid">Tiles in pixels of the result.</param>
    /// <param name="width">Columns of it.</param>
    /// <param name="height">Rows of it.</param>
    /// <param name="finishing">Where a fault that is found there belongs.</param>
    public OutputWatch Over(TileGrid grid, int width, int height, UpscaleStage finishing)
    {
        (_grid, _width, _height, _finishing) = (grid, width, height, finishing);
        _tiles = new Picture[grid.Count];
        Array.Fill(_tiles, new Picture(false, float.PositiveInfinity, float.NegativeInfinity));
        return this;
    }

    /// <summary>Looks at a tile's result.</summary>
    /// <exception cref="BrokenOutputException">It is broken.</exception>
    public void Check(TileStrip strip)
    {
        ReadOnlySpan<float> rows = strip.Rows;
        int tile = strip.Tile.Index;
        if (!TensorPrimitives.IsFiniteAll(rows)) throw Throw.NotFinite(model, stage, tile);
        if (strip.IsFirst) (_least, _most) = (float.PositiveInfinity, float.NegativeInfinity);
        _least = Math.Min(_least, TensorPrimitives.Min(rows));
        _most = Math.Max(_most, TensorPrimitives.Max(rows));
        if (!strip.IsLast) return;
        if (strip.Varies && _least == _most) throw Throw.Constant(model, stage, tile);
        if (_grid is not null) _tiles[tile].Varies = strip.Varies;
    }

    /// <summary>Looks at finished rows, black -1 and white 1, interleaved RGB, in order.</summary>
    /// <exception cref="BrokenOutputException">A tile ended without varying.</exception>
    public void CheckFinished(int firstRow, ReadOnlySpan<float> rows)
    {
        var grid = _grid!;
        int count = rows.Length / (_width * Channels);
        for (int r = 0; r < grid.Rows.Length; r++)
        {
            int from = Math.Max(grid.Rows[r], firstRow), bottom = Math.Min(grid.Rows[r] + grid.TileHeight, _height),
                to = Math.Min(bottom, firstRow + count);
            if (from >= to) continue;
            for (int c = 0; c < grid.Columns.Length; c++)
            {
                int left = grid.Columns[c], right = Math.Min(left + grid.TileWidth, _width), index = r * grid.Columns.Length + c;
                if (left >= right) continue;
                ref var tile = ref _tiles[index];
                // Almost every tile is settled by its first row.
                for (int y = from; y < to && tile.Least >= tile.Most; y++)
                {
                    var row = rows.Slice(((y - firstRow) * _width + left) * Channels, (right - left) * Channels);
                    tile.Least = Math.Min(tile.Least, Math.Clamp(TensorPrimitives.Min(row), -1, 1));
                    tile.Most = Math.Max(tile.Most, Math.Clamp(TensorPrimitives.Max(row), -1, 1));
                }
                if (to == bottom && tile.Varies && tile.Least >= tile.Most) throw Throw.Constant(model, _finishing, index);
            }
        }
    }

    record struct Picture(bool Varies, float Least, float Most);
}
