using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>Pictures on the disk: which files are some, and what is in them.</summary>
static class PictureFiles
{
    /// <summary>The pictures directly in a folder, in ordinal order.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder).Where(ImageFormats.IsRead).Order(StringComparer.Ordinal);

    /// <summary>Reads a whole picture.</summary>
    /// <exception cref="ImageException">It is missing, damaged, of an unknown format, or over the limits.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled in the midst.</exception>
    public static Image Load(string path, ImageLimits? limits, CancellationToken cancellation)
    {
        using ImageReader reader = ImageReader.Open(path, limits, cancellation);
        return reader.ReadToEnd();
    }
}
