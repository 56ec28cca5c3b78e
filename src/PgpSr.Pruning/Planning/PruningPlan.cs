using System.Collections.Immutable;
using System.Text.Json;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>
/// What stays and what goes, as data: made by <see cref="Planner"/> or written by hand. It says nothing of how it was found.
/// </summary>
sealed record PruningPlan
{
    /// <summary>The value of <c>format</c> in a plan's JSON.</summary>
    public const string Format = "pgpsr.pruning-plan.1";

    /// <summary>Blocks that stay, ascending, by the path of their stack (<c>up_blocks.0.attentions.1</c>). A stack that is not named keeps all its
    /// blocks.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<int>> Keep { get; init; } = ImmutableSortedDictionary.Create<string,
        ImmutableArray<int>>(StringComparer.Ordinal);

    /// <summary>ResNets that go together with the transformer after them (reading R-A), by path: <c>down_blocks.1.resnets.1</c>. The skips are paired
    /// anew.</summary>
    public ImmutableSortedSet<string> RemovePairs { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The whole bottleneck goes.</summary>
    public bool RemoveMiddle { get; init; }

    /// <summary>Zero-initialized phase-exchange adapters to put in.</summary>
    public PhasePlacement InsertPeam { get; init; }

    /// <summary>Keeps everything.</summary>
    public static PruningPlan KeepAll { get; } = new();

    /// <summary>Reads a plan's JSON.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="PruningException">It is none (<see cref="PruningFault.Malformed"/>).</exception>
    public static PruningPlan Parse(string json, string file)
    {
        var read = PruningJson.Parse(json, file, PruningJson.Default.PlanDocument);
        if (read.Format != Format) Throw.Malformed(file, $"its format is '{read.Format}'; expected '{Format}'");
        return read.ToPlan(file);
    }

    /// <summary>The plan as JSON that <see cref="Parse"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(PlanDocument.Of(this), PruningJson.Default.PlanDocument);

    /// <inheritdoc/>
    public bool Equals(PruningPlan? other) =>
        other is not null && RemoveMiddle == other.RemoveMiddle && InsertPeam == other.InsertPeam && RemovePairs.SetEquals(other.RemovePairs)
        && Keep.Count == other.Keep.Count
            && Keep.All(stack => other.Keep.TryGetValue(stack.Key, out var blocks) && blocks.SequenceEqual(stack.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Keep.Count, RemovePairs.Count, RemoveMiddle, InsertPeam);
}
