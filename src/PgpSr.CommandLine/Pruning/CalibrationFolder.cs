using PgpSr.Imaging;
using PgpSr.Pruning;

namespace PgpSr.CommandLine.Pruning;

/// <summary>Reads calibration pictures as a model wants them: cropped, and enlarged where it starts from the enlarged picture.</summary>
static class CalibrationFolder
{
    const int Channels = 3;

    static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga", ".gif"];

    /// <summary>Picture files of a folder in alphabetical order, or the one file.</summary>
    /// <exception cref="CommandException">There are none.</exception>
    public static IReadOnlyList<string> Files(string path, int? limit)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) Throw.NoInput($"--images {path}: there is no such folder");
        string[] files = [.. Directory.EnumerateFiles(path).Where(f => s_extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)];
        if (files.Length == 0)
            Throw.NoInput($"--images {path}: the folder holds no pictures ({string.Join(" ", s_extensions)}); calibration needs some that look like what the model will restore");
        return [.. files.Take(limit ?? files.Length)];
    }

    /// <summary>A picture for a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="crop">Side of a square cut from the middle; null for the whole picture.</param>
    /// <param name="multiple">Sides are cut down to multiples of this.</param>
    /// <param name="enlargement">How many times the network wants it enlarged; null if it does not.</param>
    public static CalibrationPicture Read(string path, int? crop, int multiple, int? enlargement)
    {
        Image image = Image.Load(path);
        int width = Math.Min(image.Width, crop ?? int.MaxValue) / multiple * multiple, height =
            Math.Min(image.Height, crop ?? int.MaxValue) / multiple * multiple;
        if (width == 0 || height == 0)
            Throw.NoInput($"{path}: {image.Width}x{image.Height} pixels are less than the {multiple}x{multiple} that this model takes");
        Image cut = Middle(image, width, height);
        string name = Path.GetFileName(path);
        if (enlargement is not { } times) return new CalibrationPicture(name, Values(cut));
        return new CalibrationPicture(name, Values(cut), times == 1 ? Values(cut)
            : Values(Resizer.Resize(cut, checked(width * times), checked(height * times), ResizeFilter.Lanczos)));
    }

    static Image Middle(Image image, int width, int height)
    {
        if (width == image.Width && height == image.Height) return image;
        Image cut = new(image.Info with { Width = width, Height = height });
        int left = (image.Width - width) / 2 * image.Info.PixelLength, top = (image.Height - height) / 2;
        for (int y = 0; y < height; y++) image.Row(top + y).Slice(left, cut.Info.RowLength).CopyTo(cut.Row(y));
        return cut;
    }

    static PictureValues Values(Image image)
    {
        float[] values = new float[checked(image.Width * image.Height * Channels)];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.MinusOneToOne, Channels, values);
        return new PictureValues(image.Width, image.Height, values);
    }
}
