using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>A plan as its JSON spells it.</summary>
sealed record PlanDocument
{
    public required string Format { get; init; }

    public SortedDictionary<string, int[]> Keep { get; init; } = [];

    public string[] RemovePairs { get; init; } = [];

    public bool RemoveMiddle { get; init; }

    public string? InsertPeam { get; init; }

    public static PlanDocument Of(PruningPlan plan) => new()
    {
        Format = PruningPlan.Format,
        Keep = new SortedDictionary<string, int[]>(plan.Keep.ToDictionary(s => s.Key, s => s.Value.ToArray()), StringComparer.Ordinal),
        RemovePairs = [.. plan.RemovePairs],
        RemoveMiddle = plan.RemoveMiddle,
        InsertPeam = Name(plan.InsertPeam),
    };

    public PruningPlan ToPlan(string file) => new()
    {
        Keep = Keep.ToImmutableSortedDictionary(s => s.Key, s => s.Value is null ? [] : s.Value.ToImmutableArray(), StringComparer.Ordinal),
        RemovePairs = RemovePairs.ToImmutableSortedSet(StringComparer.Ordinal),
        RemoveMiddle = RemoveMiddle,
        InsertPeam = Placement(InsertPeam) ?? throw new PruningException(PruningFault.Malformed, file, $"insert_peam is '{InsertPeam}'; expected stem, decoder or null"),
    };

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
