using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>
/// Pairs of a split as files for <c>pgpsr evaluate</c>: truth/NAME.png, clean/NAME.png (reduced, antialiased bicubic) and degraded/NAME.png. Of each photograph,
/// those places of a grid where bicubic enlargement fails most, as in validation: backgrounds out of focus are restored by anything.
/// </summary>
static class PairWriter
{
    const int TruthSide = 512;
    const int PerPhoto = 2;
    const int Grid = 3;

    // Degraded pixels around a pair that are made and cut off, so that no filter sees a made-up edge.
    const int Margin = 8;

    /// <summary>Writes the pairs.</summary>
    /// <param name="photos">Photographs of a split.</param>
    /// <param name="scale">How many times larger the truth is.</param>
    /// <param name="whole">Each photograph as one pair instead.</param>
    /// <param name="folder">Gets the three folders.</param>
    public static void Run(IReadOnlyList<(string Name, Image Image)> photos, int scale, bool whole, string folder)
    {
        foreach (string set in (string[])["truth", "clean", "degraded"]) Directory.CreateDirectory(Path.Combine(folder, set));
        for (int i = 0; i < photos.Count; i++)
        {
            string name = ShortName(photos[i].Name);
            if (whole)
            {
                Save(photos[i].Image, folder, "truth", name);
                Save(Degradation.Clean(photos[i].Image, scale), folder, "clean", name);
                Save(Degradation.SecondOrder(photos[i].Image, scale, new Random(3000 + i)), folder, "degraded", name);
                continue;
            }
            int side = TruthSide + 2 * Margin * scale;
            if (Math.Min(photos[i].Image.Width, photos[i].Image.Height) < side)
            {
                Console.WriteLine($"{photos[i].Name} is left out: a side is shorter than {side} pixels");
                continue;
            }
            var places = Places(photos[i].Image, side).OrderBy(place => Psnr(place, scale)).Take(PerPhoto).ToArray();
            for (int k = 0; k < places.Length; k++)
            {
                int small = TruthSide / scale;
                Save(PhotoCache.Crop(places[k], Margin * scale, Margin * scale, TruthSide, TruthSide), folder, "truth", $"{name}-{k + 1}");
                Save(PhotoCache.Crop(Degradation.Clean(places[k], scale), Margin, Margin, small, small), folder, "clean", $"{name}-{k + 1}");
                var degraded = Degradation.SecondOrder(places[k], scale, new Random(2000 + PerPhoto * i + k));
                Save(PhotoCache.Crop(degraded, Margin, Margin, small, small), folder, "degraded", $"{name}-{k + 1}");
            }
        }
    }

    static IEnumerable<Image> Places(Image photo, int side)
    {
        for (int y = 0; y < Grid; y++)
            for (int x = 0; x < Grid; x++)
                yield return PhotoCache.Crop(photo, (photo.Width - side) * x / (Grid - 1), (photo.Height - side) * y / (Grid - 1), side, side);
    }

    static double Psnr(Image place, int scale) =>
        ImageMetrics.PsnrLuma(Resizer.Resize(Degradation.Clean(place, scale), place.Width, place.Height, ResizeFilter.Bicubic), place, scale);

    // plasma-workspace-wallpapers/wallpapers/Path/contents/images/2560x1600.jpg is Path, others are their file's name.
    static string ShortName(string path)
    {
        string[] parts = path.Split('/');
        int contents = Array.IndexOf(parts, "contents");
        return contents > 0 ? parts[contents - 1] : Path.GetFileNameWithoutExtension(path);
    }

    static void Save(Image image, string folder, string set, string name)
    {
        using var writer = ImageWriter.Create(Path.Combine(folder, set, name + ".png"), image.Info);
        writer.WriteRows(image.Bytes);
        writer.Complete();
    }
}
