namespace PgpSr.Imaging;

/// <summary>Brings an EXIF block down to what a container holds: the thumbnail goes first, then the longest values.</summary>
static class ExifFitting
{
    /// <summary>The block itself where it fits, else one written anew.</summary>
    /// <param name="exif">The block.</param>
    /// <param name="limit">Most bytes.</param>
    /// <param name="lost">Told by name what was left out.</param>
    public static byte[] To(byte[] exif, int limit, Action<string> lost)
    {
        if (exif.Length <= limit) return exif;
        ExifThumbnail.Remove(exif, out bool thumbnail);
        if (thumbnail) lost("the EXIF thumbnail");
        var directories = ExifDirectories.Read(exif);
        long excess = directories.Build().Length - limit;
        var longest = directories.Main.Concat(directories.Exif).Concat(directories.Gps).Concat(directories.Interoperability)
            .OrderByDescending(e => e.Value.Length).ToList();
        for (int i = 0; excess > 0 && i < longest.Count; i++)
        {
            ExifEntry entry = longest[i];
            foreach (List<ExifEntry> directory in (List<ExifEntry>[])
                [directories.Main, directories.Exif, directories.Gps, directories.Interoperability])
                directory.RemoveAll(e => ReferenceEquals(e.Value, entry.Value));
            excess -= entry.Value.Length + Exif.EntryLength;
            lost($"EXIF {Name(entry.Tag)} ({MetadataText.Size(entry.Value.Length)})");
        }
        return directories.Build();
    }

    static string Name(ushort tag) => tag switch
    {
        Exif.DescriptionTag => "ImageDescription",
        Exif.MakerNoteTag => "MakerNote",
        0x9286 => "UserComment",
        _ => $"tag 0x{tag:X4}",
    };
}
