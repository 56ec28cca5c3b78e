using PgpSr.Imaging;

namespace PgpSr.CommandLine.Compare;

/// <summary>One picture of a page.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Note">Size and numbers.</param>
/// <param name="MediaType">Such as <c>image/png</c>.</param>
/// <param name="File">The encoded picture.</param>
sealed record PagePicture(string Label, string Note, string MediaType, byte[] File)
{
    /// <summary>A picture as PNG.</summary>
    public static PagePicture Png(string label, string note, Image image)
    {
        using MemoryStream png = new();
        image.Save(png, new() { Format = ImageFormat.Png });
        return new(label, note, "image/png", png.ToArray());
    }
}
