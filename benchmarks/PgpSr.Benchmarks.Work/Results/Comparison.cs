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
        var first = Times(firstFile);
        var second = Times(secondFile);
        output.WriteLine("| op              | shape               | kernel                   | first ms | second ms | speed |");
        output.WriteLine("|-----------------|---------------------|--------------------------|---------:|----------:|------:|");
        int below = 0, shared = 0;
        foreach (var (key, times) in first)
        {
            if (!second.TryGetValue(key, out Samples? others)) continue;
            double a = times.Median(), b = others.Median(), speed = a / b;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {key.Op,-15} | {key.Shape,-19} | {key.Kernel,-24} | {a,8:0.000} | {b,9:0.000} | {speed,5:0.000} |{(speed < lowest ? " <" : "")}"));
            shared++;
            if (speed < lowest) below++;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shared} kernels, {below} below {lowest:0.00}"));
        return shared == 0 || below > 0 ? 1 : 0;
    }

    static Dictionary<(string Op, string Shape, string Kernel), Samples> Times(string file)
    {
        var found = new Dictionary<(string, string, string), Samples>();
        foreach (Row row in ResultFile.Read(file).Rows)
        {
            if (row.Ms is not { } milliseconds) continue;
            if (!found.TryGetValue((row.Op, row.Shape, row.KernelText), out Samples? samples)) found.Add((row.Op, row.Shape, row.KernelText), samples = new());
            samples.Add(milliseconds);
        }
        return found;
    }
}
