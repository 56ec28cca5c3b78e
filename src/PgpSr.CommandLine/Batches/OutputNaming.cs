using PgpSr.Imaging;

namespace PgpSr.CommandLine;

/// <summary>Where results go: known, and free of collisions, before anything is computed.</summary>
static class OutputNaming
{
    /// <summary>
    /// Pairs inputs with results. The output is a folder if it exists as one, ends with a separator, or more than one picture may come; pictures of a
    /// folder or pattern keep their places in it. Results keep the input's extension where it can be written, otherwise they become PNG.
    /// </summary>
    /// <returns>Where two results have one name, the second is refused and the others are done.</returns>
    /// <exception cref="CommandException">A result is one of the inputs.</exception>
    public static IReadOnlyList<BatchItem> Pair(IReadOnlyList<InputFile> inputs, string output, ImageFormat? format)
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
        return Checked([.. inputs.Select(input => new BatchItem(input.Path, Path.Combine(output, Renamed(input.RelativePath, format))))]);
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
            if (sources.Contains(full)) Throw.Output($"the result of {item.Source} would replace the input {item.Destination}; choose another -o");
            return owners.TryAdd(full, item.Source) ? item
                : item with { Refusal = $"its result would be {item.Destination}, as that of {owners[full]}; do it by itself with another -o" };
        }
    }
}
