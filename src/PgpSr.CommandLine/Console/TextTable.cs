namespace PgpSr.CommandLine;

/// <summary>Columns of text.</summary>
static class TextTable
{
    const string Gap = "  ";

    /// <summary>Lines of aligned columns under a heading; a column whose cells are all numbers, with a unit or without, or empty is
    /// right-aligned.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (rows.Count == 0) yield break;
        int columns = rows.Max(row => row.Count);
        var widths = Enumerable.Range(0, columns).Select(c => rows.Max(row => c < row.Count ? row[c].Length : 0)).ToArray();
        var right = Enumerable.Range(0, columns)
            .Select(c => rows.Count > 1 && rows.Skip(1).All(row => c >= row.Count || IsNumeric(row[c])))
            .ToArray();
        foreach (IReadOnlyList<string> row in rows)
            yield return string.Join(Gap, row.Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd();
    }

    // A number and its unit are two words; what goes on after them is a sentence that happens to begin with a number.
    static bool IsNumeric(string cell) =>
        cell.Length == 0 || ((char.IsAsciiDigit(cell[0]) || cell[0] is '-' or '+' or '<') && cell.AsSpan().Count(' ') < 2);
}
