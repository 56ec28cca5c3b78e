using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PgpSr.Pruning;

/// <summary>The JSON of this room: snake_case, generated at compile time, and an unknown key is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(SnakeCase<CheckpointKind>), typeof(SnakeCase<SoftmaxAxis>), typeof(SnakeCase<UnetPart>)],
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(PruningReport))]
[JsonSerializable(typeof(PruningRecord))]
sealed partial class PruningJson : JsonSerializerContext
{
    /// <summary>On one line, for metadata.</summary>
    public static PruningJson Compact => field ??= new(new JsonSerializerOptions(Default.Options) { WriteIndented = false });

    public static T Parse<T>(string json, string file, JsonTypeInfo<T> type)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("expected an object, found null");
        }
        catch (JsonException e)
        {
            throw new PruningException(PruningFault.Malformed, file, $"not of the expected form: {e.Message}", e);
        }
    }

    // FaithDiff is faith_diff.
    sealed class SnakeCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
        where T : struct, Enum;
}
