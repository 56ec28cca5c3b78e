using PgpSr.Imaging;

namespace PgpSr.CommandLine.Tests;

/// <summary>A folder of a test's own.</summary>
sealed class Scratch : IDisposable
{
    public Scratch() => Root = Directory.CreateTempSubdirectory("pgpsr-cli-").FullName;

    public string Root { get; }

    public string this[string relative] => Path.Combine(Root, relative);

    /// <summary>All files below the folder, hidden ones included, relative and sorted.</summary>
    public IReadOnlyList<string> Files(string below = "")
    {
        string folder = Path.Combine(Root, below);
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        var files = Directory.EnumerateFiles(folder, "*", all).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'));
        return [.. files.Order(StringComparer.Ordinal)];
    }

    /// <summary>A picture with a gradient, an edge and a little texture, different for each seed.</summary>
    public string Picture(string relative, int width = 16, int height = 12, int channels = 3, int seed = 0)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var image = new Image(width, height, channels);
        for (int row = 0; row < height; row++)
        {
            for (int i = 0; i < width * channels; i++) image.Row(row)[i] = (byte)(i * 5 + row * 7 + seed * 31 + (i / channels > width / 2 ? 90 : 0));
        }
        image.Save(path);
        return path;
    }

    /// <summary>Saves a picture and gives its path.</summary>
    public string Save(string relative, Image image, ImageSaveOptions? options = null)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        image.Save(path, options);
        return path;
    }

    public string File(string relative, byte[] content)
    {
        string path = this[relative];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
