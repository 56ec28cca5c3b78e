using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PgpSr.Training;

/// <summary>One photograph of the list.</summary>
/// <param name="Split">train, validation or test.</param>
/// <param name="Path">Below the pictures' folder.</param>
/// <param name="Author">As the package's copyright file names the holder, or the public repository.</param>
/// <param name="License">As the package's copyright file or the repository states it.</param>
sealed record Photo(string Split, string Path, string Author, string License);

/// <summary>The checked-in list of photographs, split by file: tab-separated split, path, author, license (and, of a public repository, path and size for the script that fetches it); lines with # are remarks.</summary>
sealed class PhotoList
{
    PhotoList(ImmutableArray<Photo> photos, string hash) => (Photos, Hash) = (photos, hash);

    public ImmutableArray<Photo> Photos { get; }

    /// <summary>SHA-256 of the list's lines: a model's metadata says with it what the model has seen.</summary>
    public string Hash { get; }

    public IEnumerable<Photo> Of(string split) => Photos.Where(photo => photo.Split == split);

    public static PhotoList Read(string path)
    {
        var photos = ImmutableArray.CreateBuilder<Photo>();
        string[] lines = [.. File.ReadAllLines(path).Where(line => line.Length > 0 && line[0] != '#')];
        foreach (string line in lines)
        {
            string[] fields = line.Split('\t');
            if (fields.Length is not (4 or 6) || fields[0] is not ("train" or "validation" or "test")) throw new InvalidDataException($"{path}: expected split, path, author, license between tabs: {line}");
            photos.Add(new Photo(fields[0], fields[1], fields[2], fields[3]));
        }
        if (photos.DistinctBy(photo => photo.Path).Count() != photos.Count) throw new InvalidDataException($"{path}: a photograph stands in it twice");
        return new PhotoList(photos.ToImmutable(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))));
    }
}
