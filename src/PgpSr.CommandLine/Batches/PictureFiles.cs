using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>Pictures on the disk: which files are some, by their names, and what is in them.</summary>
static class PictureFiles
{
    /// <summary>Extensions of the formats that PgpSr.Imaging reads, for messages.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga", ".gif"];

    /// <summary>Whether a path ends as a picture's does.</summary>
    public static bool IsPicture(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>The pictures directly in a folder, in ordinal order.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder).Where(IsPicture).Order(StringComparer.Ordinal);

    /// <summary>Reads a whole picture.</summary>
    /// <exception cref="ImageException">It is missing, damaged, of an unknown format, or over the limits.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled in the midst.</exception>
    public static Image Load(string path, ImageLimits? limits, CancellationToken cancellation)
    {
        using ImageReader reader = ImageReader.Open(path, limits, cancellation);
        return reader.ReadToEnd();
    }
}
