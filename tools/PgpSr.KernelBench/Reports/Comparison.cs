using System.Globalization;
using System.Text.Json;

namespace PgpSr.KernelBench;

/// <summary>
/// Compares our kernels in two files of JSON lines, written by several runs each: medians, and the speed of the second relative to the first.
/// </summary>
static class Comparison
{
    sealed record Key(string Operation, string Shape, string Weights, string Kernel);

    /// <summary>
    /// Prints a table; returns 1 if a kernel's speed in the second file is below <paramref name="lowest"/> of the first's, or nothing is in both.
    /// </summary>
    /// <exception cref="FormatException">A file is not what <c>--out</c> writes.</exception>
    public static int Print(string firstFile, string secondFile, double lowest, TextWriter output)
    {
        Dictionary<Key, Samples> first = Read(firstFile), second = Read(secondFile);
        output.WriteLine("| op              | shape               | kernel                   | first ms | second ms | speed |");
        output.WriteLine("|-----------------|---------------------|--------------------------|---------:|----------:|------:|");
        int below = 0, shared = 0;
        foreach ((Key key, Samples times) in first)
        {
            if (!second.TryGetValue(key, out Samples? others)) continue;
            double a = times.Median(), b = others.Median(), speed = a / b;
            string kernel = key.Weights.Length == 0 ? key.Kernel : $"{key.Kernel}, {key.Weights}";
            string mark = speed < lowest ? " <" : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {key.Operation,-15} | {key.Shape,-19} | {kernel,-24} | {a,8:0.000} | {b,9:0.000} | {speed,5:0.000} |{mark}"));
            shared++;
            if (speed < lowest) below++;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shared} kernels, {below} below {lowest:0.00}"));
        return shared == 0 || below > 0 ? 1 : 0;
    }

    static Dictionary<Key, Samples> Read(string file)
    {
        var found = new Dictionary<Key, Samples>();
        foreach (string line in File.ReadLines(file))
        {
            JsonElement row;
            try
            {
                row = JsonElement.Parse(line);
            }
            catch (JsonException e)
            {
                throw new FormatException($"{file}: a line is not JSON as --out writes it: {e.Message}", e);
            }
            if (!row.TryGetProperty("ms", out JsonElement milliseconds)) continue;
            string Text(string name) => row.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
            var key = new Key(Text("op"), Text("shape"), Text("weights"), Text("kernel"));
            if (!found.TryGetValue(key, out Samples? samples)) found.Add(key, samples = new Samples());
            samples.Add(milliseconds.GetDouble());
        }
        return found;
    }
}
