using System.IO.Enumeration;

namespace PgpSr.CommandLine;

/// <summary>
/// The pictures that files, folders and patterns name: without duplicates, each argument's in ordinal order, so that every shard of a batch sees the same list.
/// Patterns are expanded here too, for shells that do not (<c>*</c> and <c>?</c> within a name, <c>**</c> for any depth).
/// </summary>
static class InputSet
{
    // What PgpSr.Imaging reads.
    static readonly HashSet<string> s_extensions = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga", ".gif" };

    static readonly StringComparer s_pathComparer = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Compares paths as the system does.</summary>
    public static StringComparer PathComparer => s_pathComparer;

    /// <summary>Expands the arguments. A named file that does not exist stays in the list, to fail by its name.</summary>
    /// <param name="arguments">Files, folders, patterns.</param>
    /// <param name="recursive">Whether folders include the folders within.</param>
    /// <param name="exclude">A folder whose pictures are not inputs: the results of an earlier run; null for none.</param>
    /// <param name="warn">Gets a line for each argument that matches nothing while others do.</param>
    /// <exception cref="CommandException">Nothing matches.</exception>
    public static IReadOnlyList<InputFile> Expand(IEnumerable<string> arguments, bool recursive, string? exclude, Action<string> warn)
    {
        var seen = new HashSet<string>(s_pathComparer);
        var files = new List<InputFile>();
        var empty = new List<string>();
        string? excluded = exclude is null ? null : Path.GetFullPath(exclude) + Path.DirectorySeparatorChar;
        foreach (string argument in arguments)
        {
            int before = files.Count;
            bool duplicates = false;
            foreach (InputFile file in Matches(argument, recursive))
            {
                string full = Path.GetFullPath(file.Path);
                if (file.Found && excluded is not null && full.StartsWith(excluded, StringComparison.Ordinal) && !IsWithin(argument, excluded)) continue;
                if (seen.Add(full)) files.Add(file);
                else duplicates = true;
            }
            if (files.Count == before && !duplicates) empty.Add(Directory.Exists(argument) ? $"the folder {argument} has no pictures{(recursive ? "" : " (--recursive looks into the folders within)")}" : $"{argument} matches no picture");
        }
        if (files.Count == 0) Throw.NoInput(string.Join("; ", empty));
        if (files.TrueForAll(file => !file.Found && !File.Exists(file.Path))) Throw.NoInput(string.Join("; ", files.Select(file => $"{file.Path} does not exist")));
        empty.ForEach(warn);
        return files;
    }

    // Pictures of the output folder are inputs after all if that very folder was asked for.
    static bool IsWithin(string argument, string excluded) => (Path.GetFullPath(argument) + Path.DirectorySeparatorChar).StartsWith(excluded, StringComparison.Ordinal);

    static IEnumerable<InputFile> Matches(string argument, bool recursive)
    {
        if (File.Exists(argument)) return [new(argument, Path.GetFileName(argument), Found: false)];
        if (Directory.Exists(argument)) return Within(argument, recursive);
        if (argument.AsSpan().IndexOfAny('*', '?') >= 0) return Glob(argument);
        return [new(argument, Path.GetFileName(argument), Found: false)];
    }

    static IEnumerable<InputFile> Within(string folder, bool recursive)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = true };
        return Pictures(Directory.EnumerateFiles(folder, "*", options), folder);
    }

    static IEnumerable<InputFile> Glob(string pattern)
    {
        string[] segments = pattern.Split(OperatingSystem.IsWindows() ? ['/', '\\'] : ['/']);
        int wild = Array.FindIndex(segments, segment => segment.AsSpan().IndexOfAny('*', '?') >= 0);
        string root = string.Join(Path.DirectorySeparatorChar, segments[..wild]);
        if (wild == 1 && root.Length == 0) root = Path.DirectorySeparatorChar.ToString();
        string start = root.Length == 0 ? "." : root;
        if (!Directory.Exists(start)) return [];
        return Pictures(Walk(root, segments.AsMemory(wild)), root);
    }

    static IEnumerable<string> Walk(string folder, ReadOnlyMemory<string> segments)
    {
        string here = folder.Length == 0 ? "." : folder;
        string segment = segments.Span[0];
        ReadOnlyMemory<string> rest = segments[1..];
        var options = new EnumerationOptions { IgnoreInaccessible = true };
        bool ignoreCase = s_pathComparer == StringComparer.OrdinalIgnoreCase;
        if (segment == "**")
        {
            IEnumerable<string> below = Directory.EnumerateDirectories(here, "*", options).SelectMany(child => Walk(Path.Combine(folder, Path.GetFileName(child)), segments));
            return (rest.Length == 0 ? Directory.EnumerateFiles(here, "*", options).Select(file => Path.Combine(folder, Path.GetFileName(file))) : Walk(folder, rest)).Concat(below);
        }
        IEnumerable<string> names = (rest.Length == 0 ? Directory.EnumerateFiles(here, "*", options) : Directory.EnumerateDirectories(here, "*", options)).Select(path => Path.GetFileName(path)!);
        IEnumerable<string> matching = names.Where(name => FileSystemName.MatchesSimpleExpression(segment, name, ignoreCase)).Select(name => Path.Combine(folder, name));
        return rest.Length == 0 ? matching : matching.SelectMany(child => Walk(child, rest));
    }

    static IEnumerable<InputFile> Pictures(IEnumerable<string> paths, string root) => paths
        .Where(path => s_extensions.Contains(Path.GetExtension(path)))
        .Order(StringComparer.Ordinal)
        .Select(path => new InputFile(path, root.Length == 0 ? path : Path.GetRelativePath(root, path), Found: true));
}
