namespace PgpSr.Imaging;

/// <summary>Where the pixels of a picture went: columns and rows are scaled, then what lies outside the new picture is cut off.</summary>
readonly record struct PixelMap(double ScaleX, double ScaleY, int Left, int Top, int Width, int Height)
{
    /// <summary>Whether something is cut off.</summary>
    public bool Cuts { get; init; }

    public int SourceWidth { get; init; }

    public int SourceHeight { get; init; }

    public static PixelMap Resizing(int width, int height, int newWidth, int newHeight)
    {
        Check(width, height, newWidth, newHeight);
        return new((double)newWidth / width, (double)newHeight / height, 0, 0, newWidth, newHeight) { SourceWidth = width, SourceHeight = height };
    }

    public static PixelMap Cutting(int width, int height, int left, int top, int newWidth, int newHeight)
    {
        Check(width, height, newWidth, newHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(left, width - newWidth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, height - newHeight);
        return new(1, 1, left, top, newWidth, newHeight)
        {
            Cuts = newWidth < width || newHeight < height,
            SourceWidth = width,
            SourceHeight = height,
        };
    }

    static void Check(int width, int height, int newWidth, int newHeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newHeight);
    }

    public double X(double column) => column * ScaleX - Left;

    /// <summary>Of a column in parts of the whole width.</summary>
    public double RelativeX(double column) => X(column * SourceWidth) / Width;

    /// <summary>Of a row in parts of the whole height.</summary>
    public double RelativeY(double row) => Y(row * SourceHeight) / Height;

    public double Y(double row) => row * ScaleY - Top;
}
