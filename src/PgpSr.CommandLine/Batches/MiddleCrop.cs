using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>The middle of a picture.</summary>
static class MiddleCrop
{
    /// <summary>Cuts a part out of the middle, with the picture's metadata; the picture itself where nothing is cut off.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">Columns, at most the picture's.</param>
    /// <param name="height">Rows, at most the picture's.</param>
    public static Image Of(Image image, int width, int height)
    {
        if (width == image.Width && height == image.Height) return image;
        int left = (image.Width - width) / 2, top = (image.Height - height) / 2;
        ImageMetadata metadata = image.Metadata.Cut(image.Width, image.Height, left, top, width, height);
        Image cut = new(image.Info with { Width = width, Height = height }, metadata);
        for (int row = 0; row < height; row++) image.Row(top + row).Slice(left * image.Info.PixelLength, cut.Info.RowLength).CopyTo(cut.Row(row));
        return cut;
    }
}
