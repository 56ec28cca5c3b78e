namespace PgpSr.CommandLine;

/// <summary>
/// Where files really lie: their folders' links followed, so that one file reached by two ways is known to be one. A file's own link stays: a result
/// is renamed into place and would replace the link, not what it points to. Folders are looked up once.
/// </summary>
sealed class TruePaths
{
    readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>A file's path from the root. What does not exist yet is taken as it is written, and so are links that lead in circles.</summary>
    public string OfFile(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Folder(folder), Path.GetFileName(full)) : full;
    }

    /// <summary>
    /// Where a picture that is read lies: its path, and where the path is a link the end of it, which a result must not replace either.
    /// </summary>
    public IEnumerable<string> OfPicture(string path)
    {
        yield return OfFile(path);
        if (Target(path) is { } target) yield return OfFile(target);
    }

    /// <summary>A folder's path from the root, its own link followed too.</summary>
    public string OfFolder(string path) => Folder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    string Folder(string folder)
    {
        if (Path.GetDirectoryName(folder) is not { } parent) return folder;
        if (_folders.TryGetValue(folder, out string? known)) return known;
        string here = Path.Combine(Folder(parent), Path.GetFileName(folder));
        // The target may lie behind further links.
        return _folders[folder] = Target(here) is { } target ? Folder(target) : here;
    }

    static string? Target(string path)
    {
        try
        {
            // A path from the root: of a bare name no link is found.
            return File.ResolveLinkTarget(Path.GetFullPath(path), returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // whoever reads or writes there will say what is wrong with it
        }
    }
}
