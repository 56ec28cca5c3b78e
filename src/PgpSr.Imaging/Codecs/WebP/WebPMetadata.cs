namespace PgpSr.Imaging.Codecs.WebP;

/// <summary>What a WebP file has chunks for: a profile, EXIF and XMP. The rest goes into EXIF or is named.</summary>
static class WebPMetadata
{
    // The settings that made the picture are this library's addition and no loss; the program's name, in EXIF, stays.
    const string Provenance = "PgpSr";

    /// <summary>Profile and EXIF as they are written; what has no place is added to <see cref="ImageMetadata.NotCarried"/>.</summary>
    public static (byte[]? Icc, byte[]? Exif) Fit(ImageMetadata metadata)
    {
        // Gray becomes RGB: a profile of gray no longer fits.
        byte[]? icc = metadata.IccProfileFor(colorChannels: 3);
        if (icc is null && metadata.IccProfile is not null) metadata.Lose("the color profile, which is for another color space");
        byte[]? exif = metadata.Exif ?? (metadata.Resolution is { } density ? ExifResolution.Alone(density) : null);
        if (metadata.FindText("Software") is { } software) exif = Exif.WithText(exif, Exif.SoftwareTag, software);
        if (metadata.FindText("Description") is { } description && Exif.ReadText(exif, Exif.DescriptionTag) is null)
            exif = Exif.WithText(exif, Exif.DescriptionTag, description);
        if (metadata.Resolution is not null && ExifResolution.Read(exif) is null) metadata.Lose("the resolution");
        if (metadata.Iptc is not null) metadata.Lose("IPTC records");
        if (metadata.PhotoshopResources is not null) metadata.Lose("Photoshop resources");
        OutgoingMetadata.LosePngColor(metadata);
        string? writtenSoftware = Exif.ReadText(exif, Exif.SoftwareTag), writtenDescription = Exif.ReadText(exif, Exif.DescriptionTag);
        foreach ((string key, string text) in metadata.Text)
            if (key != Provenance && !IsInExif(key, text)) metadata.Lose($"the text {MetadataText.Quote(key)}");
        return (icc, exif);

        bool IsInExif(string key, string text) => (string.Equals(key, "Software", StringComparison.OrdinalIgnoreCase) && writtenSoftware == text)
            || (string.Equals(key, "Description", StringComparison.OrdinalIgnoreCase) && writtenDescription == text);
    }
}
