using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>A plan as its JSON spells it. Setters, because generated deserialization forgets the defaults of absent keys that only
/// initialize.</summary>
sealed record PlanDocument
{
    public required string Format { get; init; }

    public SortedDictionary<string, int[]> Keep { get; set; } = [];

    public string[] RemovePairs { get; set; } = [];

    public bool RemoveMiddle { get; set; }

    public string? InsertPeam { get; set; }

    public static PlanDocument Of(PruningPlan plan) => new()
    {
        Format = PruningPlan.Format,
        Keep = new SortedDictionary<string, int[]>(plan.Keep.ToDictionary(s => s.Key, s => s.Value.ToArray()), StringComparer.Ordinal),
        RemovePairs = [.. plan.RemovePairs],
        RemoveMiddle = plan.RemoveMiddle,
        InsertPeam = Name(plan.InsertPeam),
    };

    public PruningPlan ToPlan(string file)
    {
        // Nulls inside lists and dictionaries pass the reader.
        if (Keep.FirstOrDefault(stack => stack.Value is null).Key is { } stack)
            Throw.Malformed(file, $"keep.{stack} is null; expected a list of blocks");
        if (RemovePairs.Contains(null)) Throw.Malformed(file, "remove_pairs holds null; expected paths of ResNets");
        if (Placement(InsertPeam) is not { } placement)
            throw new PruningException(PruningFault.Malformed, file, $"insert_peam is '{InsertPeam}'; expected stem, decoder or null");
        return new PruningPlan
        {
            Keep = Keep.ToImmutableSortedDictionary(s => s.Key, s => s.Value.ToImmutableArray(), StringComparer.Ordinal),
            RemovePairs = RemovePairs.ToImmutableSortedSet(StringComparer.Ordinal),
            RemoveMiddle = RemoveMiddle,
            InsertPeam = placement,
        };
    }

    static string? Name(PhasePlacement placement) => placement switch
    {
        PhasePlacement.Stem => "stem",
        PhasePlacement.Decoder => "decoder",
        _ => null,
    };

    static PhasePlacement? Placement(string? name) => name switch
    {
        null => PhasePlacement.None,
        "stem" => PhasePlacement.Stem,
        "decoder" => PhasePlacement.Decoder,
        _ => null,
    };
}
