using System.Globalization;

namespace PgpSr.Benchmarks;

/// <summary>
/// Compares our kernels in two files of results, written by several runs each: medians, and the speed of the second relative to the first.
/// </summary>
static class Comparison
{
    /// <summary>
    /// Prints a table; returns 1 if a kernel's speed in the second file is below <paramref name="lowest"/> of the first's, or nothing is in both.
    /// </summary>
    /// <exception cref="FormatException">A file is not what <c>--out</c> writes.</exception>
    public static int Print(string firstFile, string secondFile, double lowest, TextWriter output)
    {
        var second = Times(secondFile);
        var pairs = Times(firstFile).Join(second, a => a.Key, b => b.Key, (a, b) => (a.Key, First: a.Value, Second: b.Value)).ToList();
        output.WriteLine("| op              | shape               | kernel                   | first ms | second ms | speed |");
        output.WriteLine("|-----------------|---------------------|--------------------------|---------:|----------:|------:|");
        foreach (var ((op, shape, kernel), a, b) in pairs)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {op,-15} | {shape,-19} | {kernel,-24} | {a,8:0.000} | {b,9:0.000} | {a / b,5:0.000} |{(a / b < lowest ? " <" : "")}"));
        int below = pairs.Count(pair => pair.First / pair.Second < lowest);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pairs.Count} kernels, {below} below {lowest:0.00}"));
        return pairs.Count == 0 || below > 0 ? 1 : 0;
    }

    // Whatever compiled them: that may be what is compared.
    static Dictionary<(string Op, string Shape, string Kernel), double> Times(string file) =>
        ResultFile.Read(file).Rows.Where(row => row.Ms is not null).GroupBy(row => (row.Op, row.Shape, (row with { Compiled = null }).KernelText))
            .ToDictionary(rows => rows.Key, rows => Median.Of(rows.Select(row => row.Ms!.Value)));
}
