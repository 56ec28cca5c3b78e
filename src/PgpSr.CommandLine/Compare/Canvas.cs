using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>A picture of 8-bit RGB being drawn on. What lies outside is cut off.</summary>
sealed class Canvas(int width, int height)
{
    /// <summary>The picture.</summary>
    public Image Image { get; } = new(width, height, 3);

    /// <summary>Fills a rectangle.</summary>
    public void Fill(int x, int y, int fillWidth, int fillHeight, Color color)
    {
        int left = Math.Max(x, 0), right = Math.Min(x + fillWidth, Image.Width);
        for (int row = Math.Max(y, 0); row < Math.Min(y + fillHeight, Image.Height); row++)
        {
            Span<byte> line = Image.Row(row);
            for (int column = left; column < right; column++) color.CopyTo(line[(column * 3)..]);
        }
    }

    /// <summary>Draws a rectangle's outline inside its bounds.</summary>
    public void Frame(int x, int y, int frameWidth, int frameHeight, int thickness, Color color)
    {
        Fill(x, y, frameWidth, thickness, color);
        Fill(x, y + frameHeight - thickness, frameWidth, thickness, color);
        Fill(x, y, thickness, frameHeight, color);
        Fill(x + frameWidth - thickness, y, thickness, frameHeight, color);
    }

    /// <summary>Writes a line of text with its upper left corner at a place, each dot <paramref name="dot"/> pixels square.</summary>
    public void Text(string text, int x, int y, int dot, Color color)
    {
        foreach (char letter in text)
        {
            for (int row = 0; row < BitmapFont.Height; row++)
                for (int column = 0; column < BitmapFont.Width; column++)
                    if (BitmapFont.IsSet(letter, column, row)) Fill(x + column * dot, y + row * dot, dot, dot, color);
            x += BitmapFont.Advance * dot;
        }
    }

    /// <summary>Copies a part of an 8-bit RGB picture, each of its pixels <paramref name="zoom"/> pixels square.</summary>
    public void Draw(Image source, int left, int top, int partWidth, int partHeight, int zoom, int x, int y)
    {
        for (int row = 0; row < partHeight * zoom; row++)
        {
            ReadOnlySpan<byte> from = source.Row(top + row / zoom)[(left * 3)..];
            Span<byte> to = Image.Row(y + row)[(x * 3)..];
            for (int column = 0; column < partWidth * zoom; column++) from.Slice(column / zoom * 3, 3).CopyTo(to[(column * 3)..]);
        }
    }
}
