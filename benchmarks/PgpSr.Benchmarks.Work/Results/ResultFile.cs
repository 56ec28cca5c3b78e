using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgpSr.Benchmarks;

/// <summary>
/// Results as lines of JSON: a machine, then rows, as often as there were runs. A later run of a row replaces an earlier one.
/// </summary>
static class ResultFile
{
    public static string Line(Machine machine) => JsonSerializer.Serialize(machine, ResultJson.Default.Machine);

    public static string Line(Row row) => JsonSerializer.Serialize(row.Rounded(), ResultJson.Default.Row);

    /// <summary>Everything in a file, in its order.</summary>
    /// <exception cref="FormatException">A line is none of these.</exception>
    public static (List<Machine> Machines, List<Row> Rows) Read(string file)
    {
        var machines = new List<Machine>();
        var rows = new List<Row>();
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0) continue;
            try
            {
                if (line.Contains($"\"op\":\"{Machine.Line}\"", StringComparison.Ordinal)) machines.Add(JsonSerializer.Deserialize(line, ResultJson.Default.Machine)!);
                else rows.Add(JsonSerializer.Deserialize(line, ResultJson.Default.Row)!);
            }
            catch (JsonException e)
            {
                throw new FormatException($"{file}: line {number} is no result as --out writes it: {e.Message}", e);
            }
        }
        return (machines, rows);
    }

    /// <summary>The last of each work, kernel, weights, threads and peer.</summary>
    public static List<Row> Latest(IEnumerable<Row> rows)
    {
        var latest = new Dictionary<(string, string, string?, string?, int?, string?), Row>();
        foreach (Row row in rows) latest[(row.Op, row.Shape, row.Kernel, row.Weights, row.Threads, row.Peer)] = row;
        return [.. latest.Values];
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Machine))]
[JsonSerializable(typeof(Row))]
sealed partial class ResultJson : JsonSerializerContext;
