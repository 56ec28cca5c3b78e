using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>Middles of pictures at 100 %, a row for each photograph: its small picture enlarged by bicubic interpolation, results, the truth.</summary>
static class SideBySide
{
    const int Gap = 4;
    const int Quality = 88;

    /// <summary>Writes the table as a JPEG picture.</summary>
    /// <param name="rows">Paths of a row, separated by commas; smaller pictures are enlarged to the size of the row's last.</param>
    /// <param name="side">Side of what is shown of each, in pixels.</param>
    /// <param name="path">The picture.</param>
    public static void Write(IReadOnlyList<string> rows, int side, string path)
    {
        Image[][] cells = [.. rows.Select(row => Middles(row.Split(','), side))];
        int columns = cells.Max(row => row.Length);
        var sheet = new Image(columns * (side + Gap) - Gap, cells.Length * (side + Gap) - Gap, PairSource.Channels);
        sheet.Bytes.Fill(byte.MaxValue);
        for (int row = 0; row < cells.Length; row++)
        {
            for (int column = 0; column < cells[row].Length; column++)
            {
                var cell = cells[row][column];
                for (int y = 0; y < side; y++)
                {
                    int to = ((row * (side + Gap) + y) * sheet.Width + column * (side + Gap)) * PairSource.Channels;
                    cell.Bytes.Slice(y * cell.Info.RowLength, cell.Info.RowLength).CopyTo(sheet.Bytes[to..]);
                }
            }
        }
        using var writer = ImageWriter.Create(path, sheet.Info, null, new ImageSaveOptions { JpegQuality = Quality });
        writer.WriteRows(sheet.Bytes);
        writer.Complete();
    }

    static Image[] Middles(string[] paths, int side)
    {
        Image[] pictures = [.. paths.Select(Read)];
        int width = pictures[^1].Width, height = pictures[^1].Height;
        return
        [
            .. pictures.Select(p => p.Width == width ? p : Resizer.Resize(p, width, height, ResizeFilter.Bicubic))
                .Select(p => PhotoCache.Crop(p, (width - side) / 2, (height - side) / 2, side, side)),
        ];
    }

    static Image Read(string path)
    {
        using var reader = ImageReader.Open(path);
        return reader.ReadToEnd();
    }
}
