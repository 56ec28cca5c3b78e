using System.Text.Json;

namespace PgpSr.Pruning;

/// <summary>Where a pruned model came from, as its metadata says.</summary>
/// <param name="Source">Names of the files it was made from.</param>
/// <param name="Plan">What stayed and what went, in the source's numbering.</param>
sealed record PruningHistory(string Source, PruningPlan Plan)
{
    /// <summary>The history of a model; null for one that was not pruned by this library, or whose record cannot be read.</summary>
    public static PruningHistory? Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (!checkpoint.Metadata.TryGetValue(PruningRecord.MetadataKey, out string? text)) return null;
        try
        {
            if (JsonSerializer.Deserialize(text, PruningJson.Default.PruningRecord) is not { Format: PruningRecord.CurrentFormat } record)
                return null;
            if (record.Source.Any(file => file?.Name is null)) return null;
            return new PruningHistory(string.Join(", ", record.Source.Select(file => file.Name)), record.Plan.ToPlan(checkpoint.Path));
        }
        catch (Exception e) when (e is JsonException or PruningException)
        {
            return null; // metadata of something else: the model itself is sound
        }
    }
}
