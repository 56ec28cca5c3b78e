namespace PgpSr.Imaging;

/// <summary>One tile of a <see cref="TileGrid"/>.</summary>
/// <param name="Index">Number in row-major order.</param>
/// <param name="Row">Row of tiles.</param>
/// <param name="Column">Column of tiles.</param>
/// <param name="X">First column of samples.</param>
/// <param name="Y">First row of samples.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
readonly record struct Tile(int Index, int Row, int Column, int X, int Y, int Width, int Height)
{
    /// <summary>The same tile where every sample has become <paramref name="factor"/> by <paramref name="factor"/>.</summary>
    public Tile Scale(int factor) =>
        new(Index, Row, Column, checked(X * factor), checked(Y * factor), checked(Width * factor), checked(Height * factor));
}
