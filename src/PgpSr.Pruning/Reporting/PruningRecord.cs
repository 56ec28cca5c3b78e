using System.Collections.Immutable;
using System.Text.Json;

namespace PgpSr.Pruning;

/// <summary>What a pruned checkpoint's metadata says of its making, under <see cref="MetadataKey"/>.</summary>
sealed record PruningRecord
{
    public const string MetadataKey = "pgpsr.pruning";

    public const string CurrentFormat = "pgpsr.pruned.1";

    public string Format { get; init; } = CurrentFormat;

    /// <summary>The files it was made from.</summary>
    public required ImmutableArray<SourceFile> Source { get; init; }

    /// <summary>What stayed and what went, in the source's numbering.</summary>
    public required PlanDocument Plan { get; init; }

    /// <summary>How it was decided; null for a plan made by hand.</summary>
    public RecordedRules? Rules { get; init; }

    /// <summary>What was measured of each block of the source.</summary>
    public ImmutableArray<RecordedScore> Scores { get; init; } = [];

    /// <summary>The same record of the source, if that was pruned before.</summary>
    public JsonElement? Previous { get; init; }

    /// <summary>The record in a file's metadata as it stands there, or null.</summary>
    public static JsonElement? Read(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(MetadataKey, out string? text)) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null; // of a file that something else wrote: its history is lost, its weights are not
        }
    }
}

/// <summary>Rules of a plan.</summary>
sealed record RecordedRules(bool Coarse, bool Fine, bool Pairs, double TauCos, double TauKl, int KeepPerStack, bool CoarseKeepsStrongest);

/// <summary>A block's numbers.</summary>
sealed record RecordedScore(string Path, double PhiCos, double PsiKl, double? SkipError);
