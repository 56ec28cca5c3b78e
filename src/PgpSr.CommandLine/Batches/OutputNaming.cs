using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>Where results go: known, and free of collisions, before anything is computed.</summary>
static class OutputNaming
{
    /// <summary>
    /// Pairs inputs with results. The output is a folder if it exists as one, ends with a separator, or more than one picture may come; pictures of a
    /// folder or pattern keep their places in it. Results keep the input's extension where it can be written, otherwise they become PNG.
    /// </summary>
    /// <param name="inputs">Pictures.</param>
    /// <param name="output">The argument of <c>-o</c>. A file is replaced if it is there.</param>
    /// <param name="format">The format that is wanted; null for the picture's own.</param>
    /// <param name="existing">What becomes of results that are in the folder.</param>
    /// <param name="preview">Whether results are the middle of the picture only: they must not pass for whole ones.</param>
    /// <returns>Where two results have one name, the second is refused and the others are done.</returns>
    /// <exception cref="CommandException">A result is one of the inputs.</exception>
    public static IReadOnlyList<BatchItem> Pair(
        IReadOnlyList<InputFile> inputs, string output, ImageFormat? format, ExistingResult existing = ExistingResult.Refused, bool preview = false)
    {
        bool many = inputs.Count > 1 || inputs[0].Found;
        bool folder = IsFolder(output);
        if (!folder && many && ImageFormats.WrittenFormat(output) is not null)
            Throw.Usage($"-o {output} is one file for {inputs.Count} inputs; name a folder");
        if (!folder && !many)
        {
            if (format is null && ImageFormats.WrittenFormat(output) is null)
                Throw.Usage($"-o {output}: use {ImageFormats.WrittenExtensions}, or --format, or end a folder with '{Path.DirectorySeparatorChar}'");
            return Checked([new(inputs[0].Path, output)]);
        }
        return Checked([.. inputs.Select(input => Item(input.Path, Path.Combine(output, Previewed(Renamed(input.RelativePath, format), preview)), existing))]);
    }

    static string Previewed(string path, bool preview) => preview ? Path.ChangeExtension(path, null) + ResultName.Preview + Path.GetExtension(path) : path;

    static BatchItem Item(string source, string result, ExistingResult existing) =>
        new(source, result, existing == ExistingResult.Refused && File.Exists(result) ? $"{result} {Exists}" : null);

    /// <summary>The standard input or output, where it is named as a file.</summary>
    public const string Standard = "-";

    const string Exists = "exists; --force replaces it, --skip-existing keeps it";

    /// <summary>
    /// Pairs inputs with results beside them, or in a folder, called after a pattern. Inputs that are themselves results of others (those of an
    /// earlier run) are left out; but not where results are replaced and the input was named, for then it would be lost.
    /// </summary>
    /// <param name="inputs">Pictures.</param>
    /// <param name="folder">Where results go; null for beside their pictures.</param>
    /// <param name="name">The pattern.</param>
    /// <param name="format">The format that is wanted; null for the picture's own.</param>
    /// <param name="existing">What becomes of results that are there.</param>
    /// <param name="leaveOut">Gets each input that is a result.</param>
    public static IReadOnlyList<BatchItem> Beside(
        IReadOnlyList<InputFile> inputs, string? folder, ResultName name, ImageFormat? format, ExistingResult existing, Action<string> leaveOut)
    {
        var paths = new TruePaths();
        var pairs = inputs.Select(input => (Input: input, Result: ResultPath(input, folder, name, format))).ToList();
        var results = pairs.Select(pair => paths.OfFile(pair.Result)).ToHashSet(InputSet.PathComparer);
        var found = inputs.Where(input => input.Found).Select(input => Path.ChangeExtension(input.Path, null)).ToHashSet(InputSet.PathComparer);
        var items = new List<BatchItem>();
        foreach ((InputFile input, string result) in pairs)
        {
            string own = paths.OfFile(input.Path);
            // One that is its own result is no earlier result: Checked refuses it.
            bool earlier = (results.Contains(own) || folder is null && name.IsUsual && IsEarlier(input, found)) && !InputSet.PathComparer.Equals(paths.OfFile(result), own) && (input.Found || existing != ExistingResult.Replaced);
            if (earlier) leaveOut(input.Path);
            else items.Add(Item(input.Path, result, existing));
        }
        return Checked(items);
    }

    // A picture of the folder that is called as the result of another one would be, with other settings.
    static bool IsEarlier(InputFile input, HashSet<string> found) => input.Found && ResultName.Source(Path.ChangeExtension(input.Path, null)) is { } source && found.Contains(source);

    static string ResultPath(InputFile input, string? folder, ResultName name, ImageFormat? format)
    {
        string renamed = Renamed(folder is null ? input.Path : Path.Combine(folder, input.RelativePath), format);
        string file = name.Of(Path.GetFileNameWithoutExtension(renamed)) + Path.GetExtension(renamed);
        return Path.GetDirectoryName(renamed) is { Length: > 0 } there ? Path.Combine(there, file) : file;
    }

    /// <summary>Whether the argument of <c>-o</c> names a folder whatever the inputs are.</summary>
    public static bool IsFolder(string output) => Directory.Exists(output) || Path.EndsInDirectorySeparator(output);

    /// <summary>Refuses to write over what is read.</summary>
    /// <param name="option">The option that names the output.</param>
    /// <param name="output">Where a result is to go.</param>
    /// <param name="inputs">Files that are read.</param>
    /// <exception cref="CommandException">The output is an input.</exception>
    public static void RefuseInputs(string option, string output, IEnumerable<string> inputs)
    {
        var paths = new TruePaths();
        string full = paths.OfFile(output);
        if (inputs.Any(input => paths.OfPicture(input).Contains(full, InputSet.PathComparer)))
            Throw.Output($"{option} {output} would replace one of the inputs; name another file");
    }

    static string Renamed(string path, ImageFormat? format)
    {
        ImageFormat? own = ImageFormats.WrittenFormat(path);
        ImageFormat wanted = format ?? own ?? ImageFormat.Png;
        if (wanted == own) return path;
        return Path.ChangeExtension(path, ImageFormats.Extension(wanted));
    }

    static IReadOnlyList<BatchItem> Checked(IReadOnlyList<BatchItem> items)
    {
        var paths = new TruePaths();
        var sources = items.SelectMany(item => paths.OfPicture(item.Source)).ToHashSet(InputSet.PathComparer);
        var owners = new Dictionary<string, string>(InputSet.PathComparer);
        return [.. items.Select(Check)];

        BatchItem Check(BatchItem item)
        {
            string full = paths.OfFile(item.Destination);
            if (item.Destination == Standard) return item;
            if (sources.Contains(full)) Throw.Output($"the result of {item.Source} would replace the input {item.Destination}; choose another -o");
            return owners.TryAdd(full, item.Source) ? item
                : item with { Refusal = $"its result would be {item.Destination}, like that of {owners[full]}; run it separately with another -o" };
        }
    }
}
