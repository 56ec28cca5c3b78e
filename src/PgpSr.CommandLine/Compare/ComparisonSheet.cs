using System.Globalization;
using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>
/// Pictures side by side: a heading with numbers, the whole picture, and below it the places where the pictures differ most, enlarged.
/// </summary>
sealed class ComparisonSheet
{
    // Two columns fit a page of a thousand pixels, three a screen.
    const int ColumnWidth = 480;
    const int Margin = 12, Dot = 2, LineHeight = 22, FrameThickness = 2;

    static readonly Color s_paper = new(255, 255, 255), s_ink = new(30, 30, 30), s_faint = new(110, 110, 110);
    static readonly Color s_mark = new(255, 210, 0), s_shade = new(0, 0, 0);

    readonly IReadOnlyList<ComparedPicture> _pictures;
    readonly IReadOnlyList<string> _numbers;
    readonly IReadOnlyList<(int Left, int Top)> _crops;
    readonly int _side, _zoom;

    /// <summary>Plans a sheet.</summary>
    /// <param name="pictures">At least two, aligned.</param>
    /// <param name="numbers">One line a picture, below its name.</param>
    /// <param name="competing">How many of the pictures, from the first, decide which places are shown.</param>
    /// <param name="crops">How many places to show enlarged.</param>
    /// <param name="zoom">Sheet pixels a picture pixel in those places; less where pictures are too small for it.</param>
    public ComparisonSheet(IReadOnlyList<ComparedPicture> pictures, IReadOnlyList<string> numbers, int competing, int crops, int zoom)
    {
        (_pictures, _numbers) = (pictures, numbers);
        Image first = pictures[0].Shown;
        int shorter = Math.Min(first.Width, first.Height);
        _side = Math.Min(ColumnWidth / Math.Min(zoom, ColumnWidth), shorter);
        _zoom = Math.Max(1, ColumnWidth / _side);
        _crops = new DifferenceMap([.. pictures.Take(competing).Select(p => p.Shown)], _side).Largest(crops);
    }

    /// <summary>Upper left corners of the enlarged places, in pixels of the pictures.</summary>
    public IReadOnlyList<(int Left, int Top)> Crops => _crops;

    /// <summary>Draws the sheet.</summary>
    /// <param name="overview">Whether whole pictures are shown above the enlarged places.</param>
    public Image Draw(bool overview)
    {
        Image first = _pictures[0].Shown;
        double fit = Math.Min(1.0, (double)ColumnWidth / Math.Max(first.Width, first.Height));
        int wholeWidth = Math.Max(1, (int)(first.Width * fit)), wholeHeight = Math.Max(1, (int)(first.Height * fit));
        int heading = Margin + 2 * LineHeight, cropHeight = _side * _zoom;
        int height = heading + (overview ? wholeHeight + Margin : 0) + _crops.Count * (cropHeight + Margin);
        Canvas canvas = new(_pictures.Count * (ColumnWidth + Margin) + Margin, height);
        canvas.Fill(0, 0, canvas.Image.Width, canvas.Image.Height, s_paper);
        for (int i = 0; i < _pictures.Count; i++)
        {
            int x = Margin + i * (ColumnWidth + Margin), y = heading;
            Heading(canvas, _pictures[i], _numbers[i], x);
            if (overview)
            {
                Image whole = Resizer.Resize(_pictures[i].Shown, wholeWidth, wholeHeight, ResizeFilter.Lanczos);
                canvas.Draw(whole, 0, 0, wholeWidth, wholeHeight, 1, x, y);
                for (int c = 0; c < _crops.Count; c++)
                    Mark(canvas, x + (int)(_crops[c].Left * fit), y + (int)(_crops[c].Top * fit), Math.Max(3 * FrameThickness, (int)(_side * fit)),
                        c);
                y += wholeHeight + Margin;
            }
            for (int c = 0; c < _crops.Count; c++, y += cropHeight + Margin)
            {
                canvas.Draw(_pictures[i].Shown, _crops[c].Left, _crops[c].Top, _side, _side, _zoom, x, y);
                if (i == 0) Number(canvas, c, x, y);
            }
        }
        return canvas.Image;
    }

    static void Heading(Canvas canvas, ComparedPicture picture, string numbers, int x)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $" {picture.Width}x{picture.Height}");
        if (picture.Width != picture.Shown.Width) size += " shown enlarged";
        const int Letters = ColumnWidth / (BitmapFont.Advance * Dot);
        int room = Math.Max(8, Letters - size.Length);
        string name = picture.Label.Length <= room ? picture.Label : $"..{picture.Label[^(room - 2)..]}";
        canvas.Text(name, x, Margin, Dot, s_ink);
        canvas.Text(size, x + name.Length * BitmapFont.Advance * Dot, Margin, Dot, s_faint);
        canvas.Text(numbers.Length <= Letters ? numbers : numbers[..Letters], x, Margin + LineHeight, Dot, s_faint);
    }

    // A dark line around the bright one: it shows on any picture.
    static void Mark(Canvas canvas, int x, int y, int side, int index)
    {
        canvas.Frame(x - 1, y - 1, side + 2, side + 2, 1, s_shade);
        canvas.Frame(x, y, side, side, FrameThickness, s_mark);
        canvas.Text((index + 1).ToString(CultureInfo.InvariantCulture), x + 2 * FrameThickness, y + 2 * FrameThickness, 1, s_mark);
    }

    static void Number(Canvas canvas, int index, int x, int y)
    {
        string text = (index + 1).ToString(CultureInfo.InvariantCulture);
        canvas.Fill(x, y, (text.Length * BitmapFont.Advance + 1) * Dot + Dot, (BitmapFont.Height + 2) * Dot, s_shade);
        canvas.Text(text, x + Dot, y + Dot, Dot, s_mark);
    }
}
