namespace PgpSr.Imaging;

/// <summary>Metadata of a picture made into those of the same picture turned, resized or cut.</summary>
static class MetadataChange
{
    public static ImageMetadata Apply(ImageMetadata metadata, PixelMap map)
    {
        ImageMetadata copy = metadata.Clone();
        if (copy.Exif is { } exif)
        {
            exif = ExifPixels.Mapped(Exif.WithSize(exif, map.Width, map.Height), map, copy.Lose);
            if (map.Cuts)
            {
                exif = ExifThumbnail.Remove(exif, out bool found);
                if (found) copy.Lose("the EXIF thumbnail, which shows what was cut away");
                exif = ExifPixels.WithoutPreviews(exif, copy.Lose);
            }
            copy.Exif = exif;
        }
        if (copy.Xmp is { } xmp) copy.Xmp = Xmp.Mapped(xmp, map, copy.Lose);
        if (map.Cuts && copy.PhotoshopResources is { } blocks)
        {
            copy.PhotoshopResources = PhotoshopBlocks.WithoutThumbnails(blocks);
            if (copy.PhotoshopResources?.Length != blocks.Length) copy.Lose("the Photoshop thumbnail, which shows what was cut away");
        }
        return copy;
    }

    /// <summary>Changes metadata whose picture's rows and columns were brought into the order in which it is seen.</summary>
    /// <param name="metadata">Changed in place.</param>
    /// <param name="orientation">How it was stored.</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="height">Rows as stored.</param>
    public static void Turn(ImageMetadata metadata, ImageOrientation orientation, int width, int height)
    {
        if (metadata.Exif is { } exif)
        {
            exif = ExifThumbnail.Remove(ExifPixels.Turned(Exif.Upright(exif), orientation, width, height), out bool found);
            if (found) metadata.Lose("the EXIF thumbnail, which was not upright");
            metadata.Exif = exif;
        }
        if (metadata.Xmp is { } xmp) metadata.Xmp = Xmp.Upright(xmp, orientation, width, height);
        if (orientation >= ImageOrientation.LeftTop && metadata.Resolution is { } resolution)
            metadata.Resolution = resolution with { Horizontal = resolution.Vertical, Vertical = resolution.Horizontal };
    }
}
