using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>Small versions of many pictures side by side: to see what is a photograph.</summary>
static class ContactSheet
{
    const int Side = 240;
    const int Columns = 8;

    public static void Write(IReadOnlyList<string> paths, string path)
    {
        int rows = (paths.Count + Columns - 1) / Columns;
        var sheet = new Image(Columns * Side, rows * Side, PairSource.Channels);
        for (int i = 0; i < paths.Count; i++)
        {
            var small = PhotoCache.Decode(paths[i], Side - 4);
            for (int y = 0; y < small.Height; y++)
            {
                int to = ((i / Columns * Side + y) * sheet.Width + i % Columns * Side) * PairSource.Channels;
                small.Bytes.Slice(y * small.Info.RowLength, small.Info.RowLength).CopyTo(sheet.Bytes[to..]);
            }
        }
        using var writer = ImageWriter.Create(path, sheet.Info, null);
        writer.WriteRows(sheet.Bytes);
        writer.Complete();
    }
}
