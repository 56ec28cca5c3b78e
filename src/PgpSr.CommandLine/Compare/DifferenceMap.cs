using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>
/// Where pictures of one size differ most: squared difference between the brightest and the darkest luma at each pixel, summed over cells a quarter
/// of a crop wide, so that a window of 4x4 cells is compared with its neighbors in quarters.
/// </summary>
sealed class DifferenceMap
{
    const int CellsPerCrop = 4;

    // Rec. 601 luma in 1/256.
    const int RedWeight = 77, GreenWeight = 150, BlueWeight = 29;

    readonly int _width, _height, _crop, _cell, _columns, _rows;
    readonly double[] _cells;

    /// <summary>Gathers the differences.</summary>
    /// <param name="pictures">8-bit RGB, one size.</param>
    /// <param name="crop">Side of the windows that will be asked for; at most the shorter side.</param>
    public DifferenceMap(IReadOnlyList<Image> pictures, int crop)
    {
        (_width, _height, _crop) = (pictures[0].Width, pictures[0].Height, crop);
        _cell = Math.Max(1, crop / CellsPerCrop);
        _columns = (_width + _cell - 1) / _cell;
        _rows = (_height + _cell - 1) / _cell;
        _cells = new double[_columns * _rows];
        for (int y = 0; y < _height; y++)
            for (int x = 0; x < _width; x++)
            {
                int low = int.MaxValue, high = 0;
                foreach (Image picture in pictures)
                {
                    ReadOnlySpan<byte> pixel = picture.Bytes.Slice((y * _width + x) * 3, 3);
                    int luma = pixel[0] * RedWeight + pixel[1] * GreenWeight + pixel[2] * BlueWeight;
                    low = Math.Min(low, luma);
                    high = Math.Max(high, luma);
                }
                double difference = (high - low) / 256.0;
                _cells[y / _cell * _columns + x / _cell] += difference * difference;
            }
    }

    /// <summary>
    /// Upper left corners of the windows with the largest differences, the largest first, none overlapping another; fewer where there is no room.
    /// </summary>
    public IReadOnlyList<(int Left, int Top)> Largest(int count)
    {
        List<(int Left, int Top, double Sum)> windows = [];
        for (int row = 0; row * _cell + _crop < _height + _cell; row++)
            for (int column = 0; column * _cell + _crop < _width + _cell; column++)
            {
                double sum = 0;
                for (int r = row; r < Math.Min(row + CellsPerCrop, _rows); r++)
                    for (int c = column; c < Math.Min(column + CellsPerCrop, _columns); c++) sum += _cells[r * _columns + c];
                windows.Add((Math.Min(column * _cell, _width - _crop), Math.Min(row * _cell, _height - _crop), sum));
            }
        List<(int Left, int Top)> chosen = [];
        foreach ((int left, int top, _) in windows.OrderByDescending(w => w.Sum).ThenBy(w => w.Top).ThenBy(w => w.Left))
        {
            if (chosen.Count == count) break;
            if (chosen.TrueForAll(c => Math.Abs(c.Left - left) >= _crop || Math.Abs(c.Top - top) >= _crop)) chosen.Add((left, top));
        }
        return chosen;
    }
}
