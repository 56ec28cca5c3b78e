namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>Metadata out of a TIFF's main directory and the EXIF and GPS directories it points to.</summary>
static class TiffMetadata
{
    // Named one by one up to this many.
    const int MaxNamed = 8;

    public static void Read(Stream stream, ImageLimits limits, ImageMetadata metadata)
    {
        long start = stream.Position;
        if (TiffFields.Open(stream, limits) is not { } fields) return;
        List<ExifEntry> main = fields.Read(fields.First, tag => !TiffTags.IsAboutStorage(tag));
        List<ExifEntry> exif = fields.Follow(main, Exif.ExifDirectoryTag), gps = fields.Follow(main, Exif.GpsDirectoryTag);
        List<ExifEntry> interoperability = fields.Follow(exif, Exif.InteroperabilityTag);
        if (fields.Exhausted)
            metadata.Warnings.Add($"metadata exceed {limits.MaxMetadataBytes} bytes (ImageLimits.MaxMetadataBytes); the rest was left out");
        stream.Position = start;

        List<ExifEntry> carried = [];
        HashSet<string> lost = [];
        foreach (ExifEntry e in main)
            if (!Keep(e, metadata) && !IsResolution(e.Tag))
            {
                if (TiffTags.IsAboutPhotograph(e.Tag) && Exif.TypeLength(e.Type) > 0) carried.Add(e);
                else lost.Add(TiffTags.Name(e.Tag));
            }
        foreach (string name in lost.Take(MaxNamed)) metadata.Lose(name);
        if (lost.Count > MaxNamed) metadata.Lose($"{lost.Count - MaxNamed} more TIFF tags");
        exif.RemoveAll(e => Exif.TypeLength(e.Type) == 0);
        gps.RemoveAll(e => Exif.TypeLength(e.Type) == 0);
        interoperability.RemoveAll(e => Exif.TypeLength(e.Type) == 0);
        if (carried.Count + exif.Count + gps.Count > 0) metadata.Exif = ExifDirectories.Build(carried, exif, gps, interoperability, fields.BigEndian);
        metadata.Resolution = ReadResolution(main, fields.BigEndian);
    }

    static bool IsResolution(ushort tag) => tag is TiffTags.XResolution or TiffTags.YResolution or TiffTags.ResolutionUnit;

    static bool Keep(ExifEntry e, ImageMetadata metadata)
    {
        switch (e.Tag)
        {
            case TiffTags.IccProfile:
                metadata.IccProfile = e.Value;
                return true;
            case TiffTags.Xmp:
                metadata.Xmp = e.Value.AsSpan().TrimEnd((byte)0).ToArray();
                return true;
            case TiffTags.Iptc:
                metadata.Iptc = IptcRecords.Read(e.Value) ?? metadata.Iptc;
                return true;
            case TiffTags.Photoshop:
                if (!PhotoshopBlocks.Split(e.Value, out byte[]? iptc, out byte[]? others))
                    metadata.Warnings.Add("the Photoshop resources are damaged; what follows the damage was left out");
                metadata.Iptc ??= iptc;
                metadata.PhotoshopResources = others;
                return true;
            case TiffTags.Description or TiffTags.Software when e.Type == Exif.AsciiType:
                string text = Text(e);
                if (text.Length > 0) metadata.Text.Add(new(e.Tag == TiffTags.Software ? "Software" : "Description", text));
                return true;
            case TiffTags.GdalMetadata when e.Type == Exif.AsciiType:
                return TiffTexts.TryRead(e.Value, metadata);
            default:
                return false;
        }
    }

    static string Text(ExifEntry e) => MetadataText.Decode(e.Value.AsSpan().TrimEnd((byte)0));

    static ImageResolution? ReadResolution(List<ExifEntry> main, bool bigEndian) =>
        ExifResolution.Read(ExifDirectories.Build(main.FindAll(e => IsResolution(e.Tag)), [], [], [], bigEndian));
}
