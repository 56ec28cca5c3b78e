using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgpSr.Benchmarks;

/// <summary>
/// Results as lines of JSON: a machine, then rows, as often as there were runs. A later run of a row replaces an earlier one.
/// </summary>
static class ResultFile
{
    public static string Line(Machine machine) => JsonSerializer.Serialize(machine, ResultJson.Default.Machine);

    public static string Line(Row row) => JsonSerializer.Serialize(row, ResultJson.Default.Row);

    public static Row Parse(string line) => JsonSerializer.Deserialize(line, ResultJson.Default.Row)!;

    /// <summary>Everything in a file, in its order.</summary>
    /// <exception cref="FormatException">A line is none of these.</exception>
    public static (List<Machine> Machines, List<Row> Rows) Read(string file)
    {
        var machines = new List<Machine>();
        var rows = new List<Row>();
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            if (line.Length == 0) continue;
            try
            {
                Row row = Parse(line);
                if (row.Op == Machine.Line) machines.Add(JsonSerializer.Deserialize(line, ResultJson.Default.Machine)!);
                else rows.Add(row);
            }
            catch (JsonException e)
            {
                throw new FormatException($"{file}: line {index + 1} is no result as --out writes it: {e.Message}", e);
            }
        }
        return (machines, rows);
    }

    /// <summary>The last of each work, kernel, weights, compiler, threads and peer.</summary>
    public static List<Row> Latest(IEnumerable<Row> rows)
    {
        var latest = new Dictionary<(string, string, string?, string?, string?, int?, string?), Row>();
        foreach (Row row in rows) latest[(row.Op, row.Shape, row.Kernel, row.Weights, row.Compiled, row.Threads, row.Peer)] = row;
        return [.. latest.Values];
    }
}

/// <summary>Six digits: more than any clock or median holds. What is no number is null.</summary>
sealed class SixDigits : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (!double.IsFinite(value)) writer.WriteNullValue();
        else writer.WriteNumberValue(decimal.Parse(value.ToString("G6", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true, Converters = [typeof(SixDigits)])]
[JsonSerializable(typeof(Machine))]
[JsonSerializable(typeof(Row))]
sealed partial class ResultJson : JsonSerializerContext;
