using System.Collections;
using PgpSr.Imaging;
using PgpSr.Pruning;

namespace PgpSr.CommandLine.Pruning;

/// <summary>
/// Calibration pictures as a model wants them: cropped, and enlarged where it starts from the enlarged picture. One is read when its turn comes, so
/// that a folder of photographs does not have to fit in memory; that all can serve is asked beforehand, of their headers.
/// </summary>
/// <param name="files">From <see cref="Files"/>.</param>
/// <param name="crop">Side of a square cut from the middle; null for the whole picture.</param>
/// <param name="multiple">Sides are cut down to multiples of this.</param>
/// <param name="enlargement">How many times the network wants it enlarged, and by which filter; null if it does not.</param>
/// <param name="cancellation">Stops reading.</param>
sealed class CalibrationSet(IReadOnlyList<string> files, int? crop, int multiple, (int Times, ResizeFilter Filter)? enlargement, CancellationToken cancellation)
    : IReadOnlyList<CalibrationPicture>
{
    const int Channels = 3;

    /// <summary>Picture files of a folder in alphabetical order, or the one file.</summary>
    /// <exception cref="CommandException">There are none.</exception>
    public static IReadOnlyList<string> Files(string path, int? limit)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) Throw.NoInput($"--images {path}: no such folder");
        string[] files = [.. PictureFiles.In(path)];
        if (files.Length == 0)
        {
            Throw.NoInput($"--images {path}: the folder contains no pictures ({string.Join(" ", ImageFormats.ReadExtensions)}); "
                + "calibration needs pictures like those the model will restore");
        }
        return [.. files.Take(limit ?? files.Length)];
    }

    /// <inheritdoc/>
    public int Count => files.Count;

    /// <summary>Reads a picture.</summary>
    public CalibrationPicture this[int index] => Read(files[index]);

    /// <summary>Looks at every header: a picture that cannot serve is named before the first hour of work, not after it.</summary>
    /// <exception cref="CommandException">One is too small, or too large for an array.</exception>
    /// <exception cref="ImageException">One cannot be read.</exception>
    public void Check()
    {
        foreach (string file in files)
        {
            using ImageReader reader = ImageReader.Open(file, null, cancellation);
            Part(file, reader.Info);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<CalibrationPicture> GetEnumerator() => files.Select(Read).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    CalibrationPicture Read(string path)
    {
        using ImageReader reader = ImageReader.Open(path, null, cancellation);
        (int width, int height) = Part(path, reader.Info);
        Image cut = MiddleCrop.Of(reader.ReadToEnd(), width, height);
        string name = Path.GetFileName(path);
        if (enlargement is not (var times, var filter)) return new CalibrationPicture(name, Values(cut));
        return new CalibrationPicture(name, Values(cut), times == 1 ? Values(cut)
            : Values(Resizer.Resize(cut, width * times, height * times, filter)));
    }

    (int Width, int Height) Part(string path, ImageInfo picture)
    {
        int width = Math.Min(picture.Width, crop ?? int.MaxValue) / multiple * multiple;
        int height = Math.Min(picture.Height, crop ?? int.MaxValue) / multiple * multiple;
        if (width == 0 || height == 0)
        {
            string cropped = crop < multiple ? $" of which --crop leaves {crop}x{crop}" : "";
            Throw.NoInput($"{path}: {picture.Width}x{picture.Height} pixels{cropped} are fewer than the {multiple}x{multiple} that this model needs");
        }
        long times = enlargement?.Times ?? 1;
        if (width * times * height * times > Array.MaxLength / Channels)
            Throw.NoInput($"{path}: {width}x{height} pixels, enlarged {times} times, are too many to measure with; use --crop N");
        return (width, height);
    }

    static PictureValues Values(Image image)
    {
        float[] values = new float[image.Width * image.Height * Channels];
        PixelConversion.ToInterleaved(image.Bytes, image.Info, PixelRange.MinusOneToOne, Channels, values);
        return new PictureValues(image.Width, image.Height, values);
    }
}
