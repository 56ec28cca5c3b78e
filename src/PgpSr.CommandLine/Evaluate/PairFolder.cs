namespace PgpSr.CommandLine.Evaluate;

/// <summary>
/// Pictures for measuring: <c>truth/NAME.png</c>, and beside <c>truth</c> one folder a set with the small pictures under the same names. Pictures may
/// be of any format that is read.
/// </summary>
static class PairFolder
{
    const string Truth = "truth";

    /// <summary>The sets in alphabetical order, each with its pairs in alphabetical order.</summary>
    /// <param name="folder">Where <c>truth</c> lies.</param>
    /// <param name="names">The sets wanted; none for all. Others are not looked at.</param>
    /// <exception cref="CommandException">There is no such folder, no truth, no set, or a small picture without its truth.</exception>
    public static IReadOnlyList<PairSet> Read(string folder, IReadOnlyCollection<string> names)
    {
        string truthFolder = Path.Combine(folder, Truth);
        if (!Directory.Exists(truthFolder))
            Throw.NoInput(
                $"{folder}: expected a folder '{Truth}' with the full-size pictures "
                + "and, beside it, one folder for each set (such as 'clean') with the small ones");
        Dictionary<string, string> truths = [];
        foreach (string path in PictureFiles.In(truthFolder))
            if (!truths.TryAdd(Path.GetFileNameWithoutExtension(path), path))
                Throw.NoInput($"{path}: a second picture of this name; keep one of them in '{Truth}'");
        string[] there =
            [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => name != Truth).Order(StringComparer.Ordinal)];
        foreach (string name in names.Except(there)) Throw.NoInput($"--set {name}: unknown set; the folder has {string.Join(", ", there)}");
        List<PairSet> sets = [];
        foreach (string name in there.Where(name => names.Count == 0 || names.Contains(name)))
        {
            List<PicturePair> pairs = [];
            foreach (string low in PictureFiles.In(Path.Combine(folder, name)))
            {
                string picture = Path.GetFileNameWithoutExtension(low);
                if (!truths.TryGetValue(picture, out string? truth)) Throw.NoInput($"{low}: '{Truth}' holds no picture called {picture}");
                pairs.Add(new(picture, low, truth));
            }
            if (pairs.Count > 0) sets.Add(new(name, pairs));
        }
        if (sets.Count == 0) Throw.NoInput($"{folder}: beside '{Truth}' there is no folder with small pictures, such as 'clean'");
        return sets;
    }
}

/// <summary>The small pictures of one folder, made in one way, such as <c>clean</c> or <c>degraded</c>.</summary>
sealed record PairSet(string Name, IReadOnlyList<PicturePair> Pairs);

/// <summary>One small picture and what enlarging it should give.</summary>
sealed record PicturePair(string Name, string LowPath, string TruthPath);
