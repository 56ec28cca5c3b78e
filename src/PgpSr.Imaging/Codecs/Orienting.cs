namespace PgpSr.Imaging.Codecs;

/// <summary>Turns decoded rows upright (EXIF 2.32, table of tag 0x0112).</summary>
static class Orienting
{
    public static ImageInfo Apply(ImageInfo info, ImageOrientation orientation) =>
        orientation >= ImageOrientation.LeftTop ? info with { Width = info.Height, Height = info.Width } : info;

    public static Image Apply(Image source, ImageOrientation orientation, CancellationToken cancellation)
    {
        if (orientation == ImageOrientation.TopLeft) return source;
        Image upright = new(Apply(source.Info, orientation), source.Metadata);
        int pixel = source.Info.PixelLength, lastRow = source.Height - 1, lastColumn = source.Width - 1;
        // The source pixel of upright (0, 0) and the source steps for one column and one row of the upright picture.
        (int row, int column, int rowPerColumn, int columnPerColumn, int rowPerRow, int columnPerRow) = orientation switch
        {
            ImageOrientation.TopRight => (0, lastColumn, 0, -1, 1, 0),
            ImageOrientation.BottomRight => (lastRow, lastColumn, 0, -1, -1, 0),
            ImageOrientation.BottomLeft => (lastRow, 0, 0, 1, -1, 0),
            ImageOrientation.LeftTop => (0, 0, 1, 0, 0, 1),
            ImageOrientation.RightTop => (lastRow, 0, -1, 0, 0, 1),
            ImageOrientation.RightBottom => (lastRow, lastColumn, -1, 0, 0, -1),
            _ => (0, lastColumn, 1, 0, 0, -1),
        };
        ReadOnlySpan<byte> from = source.Bytes;
        for (int y = 0; y < upright.Height; y++)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> to = upright.Row(y);
            int r = row + y * rowPerRow, c = column + y * columnPerRow;
            for (int x = 0; x < upright.Width; x++, r += rowPerColumn, c += columnPerColumn)
                from.Slice(r * source.Info.RowLength + c * pixel, pixel).CopyTo(to.Slice(x * pixel, pixel));
        }
        return upright;
    }

    public static void MirrorRows(Span<byte> rows, ImageInfo info)
    {
        Span<byte> held = stackalloc byte[8];
        int pixel = info.PixelLength;
        held = held[..pixel];
        for (; !rows.IsEmpty; rows = rows[info.RowLength..])
            for (int left = 0, right = info.RowLength - pixel; left < right; left += pixel, right -= pixel)
            {
                rows.Slice(left, pixel).CopyTo(held);
                rows.Slice(right, pixel).CopyTo(rows.Slice(left, pixel));
                held.CopyTo(rows.Slice(right, pixel));
            }
    }
}
