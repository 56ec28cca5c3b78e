using System.IO.Enumeration;
using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>
/// The pictures that files, folders and patterns name: without duplicates, each argument's in ordinal order, so that every shard of a batch sees the
/// same list. Patterns are expanded here too, for shells that do not (<c>*</c> and <c>?</c> within a name, <c>**</c> for any depth).
/// </summary>
static class InputSet
{
    const string AnyDepth = "**";

    static readonly bool s_ignoreCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    // Hidden files are skipped, and so is what may not be read.
    static readonly EnumerationOptions s_here = new() { IgnoreInaccessible = true };

    static readonly StringComparison s_comparison = s_ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Compares paths as the system does.</summary>
    public static StringComparer PathComparer { get; } = StringComparer.FromComparison(s_comparison);

    /// <summary>Expands the arguments. A named file that does not exist stays in the list, to fail by its name.</summary>
    /// <param name="arguments">Files, folders, patterns.</param>
    /// <param name="recursive">Whether folders include the folders within.</param>
    /// <param name="exclude">A folder whose pictures are not inputs: the results of an earlier run; null for none.</param>
    /// <param name="warn">Gets a line for each argument that matches nothing while others do, and one for pictures that are not read.</param>
    /// <param name="leaveOut">Gets every file in the folders and patterns that is no picture that is read; null where nobody wants to know.</param>
    /// <exception cref="CommandException">Nothing matches.</exception>
    public static IReadOnlyList<InputFile> Expand(
        IEnumerable<string> arguments, bool recursive, string? exclude, Action<string> warn, Action<string>? leaveOut = null)
    {
        var paths = new TruePaths();
        var seen = new HashSet<string>(PathComparer);
        var files = new List<InputFile>();
        var (empty, leftOut) = (new List<string>(), new List<string>());
        string? excluded = exclude is null ? null : paths.OfFolder(exclude) + Path.DirectorySeparatorChar;
        foreach (string argument in arguments)
        {
            int before = files.Count;
            bool duplicates = false;
            foreach (InputFile file in Matches(argument, recursive, LeaveOut))
            {
                string full = paths.OfFile(file.Path);
                bool result = file.Found && excluded is not null && full.StartsWith(excluded, s_comparison);
                // Asked for itself.
                if (result && !$"{paths.OfFolder(argument)}{Path.DirectorySeparatorChar}".StartsWith(excluded!, s_comparison)) continue;
                if (seen.Add(full)) files.Add(file);
                else duplicates = true;
            }
            if (files.Count == before && !duplicates) empty.Add(Nothing(argument, recursive));
        }
        if (leftOut.Count > 0) empty.Add(LeftOut(leftOut));
        if (files.Count == 0) Throw.NoInput(string.Join("; ", empty));
        if (files.TrueForAll(file => !file.Found && file.Path != OutputNaming.Standard && !File.Exists(file.Path)))
            Throw.NoInput(string.Join("; ", files.Select(file => $"{file.Path} does not exist")));
        empty.ForEach(warn);
        return files;

        void LeaveOut(string path)
        {
            if (ImageFormats.UnreadName(path) is not null) leftOut.Add(path);
            leaveOut?.Invoke(path);
        }
    }

    static string Nothing(string argument, bool recursive) => Directory.Exists(argument)
        ? $"the folder {argument} has no pictures{(recursive ? "" : " (--recursive includes subfolders)")}"
        : $"{argument} matches no picture";

    // A folder of a phone may hold more of these than of what is read.
    static string LeftOut(List<string> paths)
    {
        const int MostNamed = 3;
        string formats = string.Join(", ", paths.Select(path => ImageFormats.UnreadName(path)).Distinct());
        string named = string.Join(", ", paths.Take(MostNamed).Select(path => Path.GetFileName(path)));
        string more = paths.Count > MostNamed ? $" and {paths.Count - MostNamed} more" : "";
        return $"skipped (unsupported format: {formats}): {named}{more}; convert them to PNG";
    }

    static IEnumerable<InputFile> Matches(string argument, bool recursive, Action<string> leaveOut)
    {
        if (argument == OutputNaming.Standard) return [new(argument, "stdin", Found: false)];
        if (File.Exists(argument)) return [new(argument, Path.GetFileName(argument), Found: false)];
        if (Directory.Exists(argument)) return Pictures(Walk(argument, recursive ? [AnyDepth, "*"] : (string[])["*"]), argument, leaveOut);
        if (argument.AsSpan().IndexOfAny('*', '?') >= 0) return Glob(argument, leaveOut);
        return [new(argument, Path.GetFileName(argument), Found: false)];
    }

    static IEnumerable<InputFile> Glob(string pattern, Action<string> leaveOut)
    {
        string[] segments = pattern.Split(OperatingSystem.IsWindows() ? ['/', '\\'] : ['/']);
        int wild = Array.FindIndex(segments, segment => segment.AsSpan().IndexOfAny('*', '?') >= 0);
        string root = string.Join(Path.DirectorySeparatorChar, segments[..wild]);
        if (wild == 1 && root.Length == 0) root = Path.DirectorySeparatorChar.ToString();
        string start = root.Length == 0 ? "." : root;
        if (!Directory.Exists(start)) return [];
        return Pictures(Walk(root, segments.AsMemory(wild)), root, leaveOut);
    }

    static IEnumerable<string> Walk(string folder, ReadOnlyMemory<string> segments)
    {
        string segment = segments.Span[0];
        ReadOnlyMemory<string> rest = segments[1..];
        if (segment == AnyDepth)
        {
            ReadOnlyMemory<string> within = rest.IsEmpty ? (string[])["*"] : rest;
            return Below(folder).SelectMany(child => Walk(child, within));
        }
        IEnumerable<string> matching = Children(folder, segment, files: rest.IsEmpty);
        return rest.IsEmpty ? matching : matching.SelectMany(child => Walk(child, rest));
    }

    // The folder and all within, each once: links are followed last, and not to where the walk has been, so that one that leads back ends there and a
    // picture is known by its own place rather than by a link's.
    static IEnumerable<string> Below(string folder)
    {
        var paths = new TruePaths();
        var been = new HashSet<string>(PathComparer);
        var (waiting, links) = (new Queue<string>([folder]), new Queue<string>());
        while (waiting.TryDequeue(out string? next) || links.TryDequeue(out next))
        {
            if (!been.Add(paths.OfFolder(next))) continue;
            yield return next;
            foreach (string child in Children(next, "*", files: false).Order(StringComparer.Ordinal))
                (new DirectoryInfo(child).LinkTarget is null ? waiting : links).Enqueue(child);
        }
    }

    // Paths begin as the pattern does: 'a.png', not './a.png'.
    static IEnumerable<string> Children(string folder, string pattern, bool files)
    {
        string here = folder.Length == 0 ? "." : folder;
        IEnumerable<string> paths = files ? Directory.EnumerateFiles(here, "*", s_here) : Directory.EnumerateDirectories(here, "*", s_here);
        return paths.Select(path => Path.GetFileName(path)!)
            .Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, s_ignoreCase))
            .Select(name => Path.Combine(folder, name));
    }

    static IEnumerable<InputFile> Pictures(IEnumerable<string> paths, string root, Action<string> leaveOut)
    {
        foreach (string path in paths.Order(StringComparer.Ordinal))
        {
            if (ImageFormats.IsRead(path)) yield return new InputFile(path, root.Length == 0 ? path : Path.GetRelativePath(root, path), Found: true);
            else leaveOut(path);
        }
    }
}

/// <summary>One picture to work on.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="RelativePath">
/// Its place below the folder or the fixed part of the pattern it came from; the file's name for one that was named itself.
/// </param>
/// <param name="Found">Whether a folder or pattern brought it, rather than its own name.</param>
readonly record struct InputFile(string Path, string RelativePath, bool Found);
