using System.Collections.Immutable;

namespace PgpSr.Imaging;

/// <summary>
/// Tiles of equal size that cover a rectangle: starts at multiples of a step, the last one moved back to end at the border. In units of whatever is
/// tiled, pixels or latents.
/// </summary>
sealed class TileGrid
{
    TileGrid(int width, int height, int tileWidth, int tileHeight, ImmutableArray<int> columns, ImmutableArray<int> rows)
    {
        Width = width;
        Height = height;
        TileWidth = tileWidth;
        TileHeight = tileHeight;
        Columns = columns;
        Rows = rows;
    }

    /// <summary>Columns of the rectangle.</summary>
    public int Width { get; }

    /// <summary>Rows of the rectangle.</summary>
    public int Height { get; }

    /// <summary>Columns of every tile.</summary>
    public int TileWidth { get; }

    /// <summary>Rows of every tile.</summary>
    public int TileHeight { get; }

    /// <summary>First column of each column of tiles.</summary>
    public ImmutableArray<int> Columns { get; }

    /// <summary>First row of each row of tiles.</summary>
    public ImmutableArray<int> Rows { get; }

    /// <summary>Tiles.</summary>
    public int Count => checked(Columns.Length * Rows.Length);

    /// <summary>A tile by its number in row-major order.</summary>
    public Tile this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            (int row, int column) = Math.DivRem(index, Columns.Length);
            return new(index, row, column, Columns[column], Rows[row], TileWidth, TileHeight);
        }
    }

    /// <summary>All tiles in row-major order.</summary>
    public IEnumerable<Tile> Tiles => Enumerable.Range(0, Count).Select(i => this[i]);

    /// <summary>
    /// FaithDiff's grid: tiles of <paramref name="tile"/> a side, smaller along an axis that is shorter, each starting ceil(tile *
    /// <paramref name="stepFraction"/>) after
    /// the one before where an axis needs more than one.
    /// </summary>
    /// <param name="width">Columns of the rectangle.</param>
    /// <param name="height">Rows of the rectangle.</param>
    /// <param name="tile">Side of a tile.</param>
    /// <param name="stepFraction">Step as a part of the tile, FaithDiff's parameter "overlap"; 0.5 overlaps every tile with half of the next.</param>
    public static TileGrid Create(int width, int height, int tile, double stepFraction = 0.5)
    {
        if (!(stepFraction is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(stepFraction), stepFraction, "expected more than 0 and at most 1");
        return Create(width, height, tile, side => (int)Math.Ceiling(side * stepFraction));
    }

    /// <summary>A grid whose tiles overlap their neighbors by <paramref name="overlap"/> samples, the last of an axis by more.</summary>
    public static TileGrid CreateOverlapping(int width, int height, int tile, int overlap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, tile);
        return Create(width, height, tile, side => Math.Max(1, side - overlap));
    }

    /// <summary>
    /// A grid of as few tiles as possible that overlap their neighbors by at least <paramref name="overlap"/> samples, all as small as that many
    /// tiles allow: a side slightly longer than a tile becomes two halves, not one tile and most of another.
    /// </summary>
    /// <param name="width">Columns of the rectangle.</param>
    /// <param name="height">Rows of the rectangle.</param>
    /// <param name="largest">Longest side of a tile.</param>
    /// <param name="overlap">Samples that neighbors share at least.</param>
    /// <param name="multiple">Sides of tiles are multiples of this where an axis needs more than one, and where <paramref name="largest"/>
    /// allows.</param>
    public static TileGrid CreateBalanced(int width, int height, int largest, int overlap, int multiple = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(largest);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, largest);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(multiple);
        int tileWidth = Balanced(width, largest, overlap, multiple), tileHeight = Balanced(height, largest, overlap, multiple);
        return new(width, height, tileWidth, tileHeight, Starts(width, tileWidth, tileWidth - overlap),
            Starts(height, tileHeight, tileHeight - overlap));
    }

    static int Balanced(int length, int largest, int overlap, int multiple)
    {
        if (length <= largest) return length;
        int step = largest - overlap, count = (length - overlap + step - 1) / step;
        int tile = (int)((length + (long)(count - 1) * overlap + count - 1) / count);
        return Math.Min(Math.Min((tile + multiple - 1) / multiple * multiple, largest), length);
    }

    /// <summary>The same tiles where every sample has become <paramref name="factor"/> by <paramref name="factor"/>.</summary>
    public TileGrid Scale(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        return new(checked(Width * factor), checked(Height * factor), checked(TileWidth * factor), checked(TileHeight * factor),
            [.. Columns.Select(x => checked(x * factor))], [.. Rows.Select(y => checked(y * factor))]);
    }

    static TileGrid Create(int width, int height, int tile, Func<int, int> step)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tile);
        int tileWidth = Math.Min(tile, width), tileHeight = Math.Min(tile, height);
        return new(width, height, tileWidth, tileHeight, Starts(width, tileWidth, step(tileWidth)), Starts(height, tileHeight, step(tileHeight)));
    }

    static ImmutableArray<int> Starts(int length, int tile, int step)
    {
        ImmutableArray<int>.Builder starts = ImmutableArray.CreateBuilder<int>();
        for (int start = 0; ; start += step)
        {
            if (start + tile >= length)
            {
                starts.Add(length - tile);
                return starts.ToImmutable();
            }
            starts.Add(start);
        }
    }

    /// <summary>Columns at which a tile begins or ends inside the rectangle, sorted: where a seam would be.</summary>
    public IReadOnlyList<int> ColumnBorders => Borders(Columns, TileWidth, Width);

    /// <summary>Rows at which a tile begins or ends inside the rectangle, sorted.</summary>
    public IReadOnlyList<int> RowBorders => Borders(Rows, TileHeight, Height);

    static List<int> Borders(ImmutableArray<int> starts, int tile, int length) =>
        [.. starts.Concat(starts.Select(s => s + tile)).Where(b => b > 0 && b < length).Distinct().Order()];
}
