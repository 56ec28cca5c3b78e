namespace PgpSr.CommandLine.Evaluate;

/// <summary>
/// Pictures for measuring: <c>truth/NAME.png</c>, and beside <c>truth</c> one folder a set with the small pictures under the same names. Pictures may
/// be of any format that is read.
/// </summary>
static class PairFolder
{
    const string Truth = "truth";

    static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga", ".gif"];

    /// <summary>The sets in alphabetical order, each with its pairs in alphabetical order.</summary>
    /// <exception cref="CommandException">There is no such folder, no truth, no set, or a small picture without its truth.</exception>
    public static IReadOnlyList<PairSet> Read(string folder)
    {
        string truthFolder = Path.Combine(folder, Truth);
        if (!Directory.Exists(truthFolder))
            Throw.NoInput(
                $"{folder}: expected a folder '{Truth}' with the full-size pictures, and beside it one folder a set (such as 'clean') with the small ones");
        Dictionary<string, string> truths = [];
        foreach (string path in Pictures(truthFolder))
            if (!truths.TryAdd(Path.GetFileNameWithoutExtension(path), path))
                Throw.NoInput($"{path}: a second picture of this name; keep one of them in '{Truth}'");
        List<PairSet> sets = [];
        foreach (string set in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(set);
            if (name == Truth)
                continue;
            List<PicturePair> pairs = [];
            foreach (string low in Pictures(set))
            {
                string picture = Path.GetFileNameWithoutExtension(low);
                if (!truths.TryGetValue(picture, out string? truth))
                    Throw.NoInput($"{low}: '{Truth}' holds no picture called {picture}");
                pairs.Add(new(picture, low, truth));
            }
            if (pairs.Count > 0)
                sets.Add(new(name, pairs));
        }
        if (sets.Count == 0)
            Throw.NoInput($"{folder}: beside '{Truth}' there is no folder with small pictures, such as 'clean'");
        return sets;
    }

    static IEnumerable<string> Pictures(string folder) =>
        Directory.EnumerateFiles(folder)
            .Where(path => s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal);
}
