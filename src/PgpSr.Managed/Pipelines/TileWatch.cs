using System.Numerics.Tensors;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>
/// Looks at finished rows as they pass: no tile of them may be one and the same color value after clamping where its source varies. Catches what a
/// look at the network's own numbers cannot: values so far outside the range that the picture would be black or white.
/// </summary>
sealed class TileWatch(TileGrid grid, int width, int height, string model)
{
    const int Channels = 3;

    readonly bool[] _varies = new bool[grid.Count];
    readonly float[] _least = NewArray(grid.Count, float.PositiveInfinity);
    readonly float[] _most = NewArray(grid.Count, float.NegativeInfinity);

    /// <summary>Tells whether the source of a tile varies; before its rows pass.</summary>
    public void Expect(int tile, bool varies) => _varies[tile] = varies;

    /// <summary>Looks at rows, black -1 and white 1, interleaved RGB, in order.</summary>
    /// <exception cref="BrokenOutputException">A tile ended without varying.</exception>
    public void See(int firstRow, ReadOnlySpan<float> rows)
    {
        int count = rows.Length / (width * Channels);
        for (int r = 0; r < grid.Rows.Length; r++)
        {
            int from = Math.Max(grid.Rows[r], firstRow), bottom = Math.Min(grid.Rows[r] + grid.TileHeight, height),
                to = Math.Min(bottom, firstRow + count);
            if (from >= to) continue;
            for (int c = 0; c < grid.Columns.Length; c++)
            {
                int tile = r * grid.Columns.Length + c, left = grid.Columns[c], right = Math.Min(left + grid.TileWidth, width);
                if (left >= right) continue;
                for (int y = from; y < to && !Seen(tile); y++)
                {
                    var row = rows.Slice(((y - firstRow) * width + left) * Channels, (right - left) * Channels);
                    _least[tile] = Math.Min(_least[tile], Math.Clamp(TensorPrimitives.Min(row), -1, 1));
                    _most[tile] = Math.Max(_most[tile], Math.Clamp(TensorPrimitives.Max(row), -1, 1));
                }
                if (to == bottom && !Seen(tile) && _varies[tile]) throw Throw.Constant(model, UpscaleStage.Finishing, tile);
            }
        }
    }

    // Almost every tile is settled by its first row.
    bool Seen(int tile) => _least[tile] < _most[tile];

    static float[] NewArray(int count, float value)
    {
        float[] array = new float[count];
        Array.Fill(array, value);
        return array;
    }
}
