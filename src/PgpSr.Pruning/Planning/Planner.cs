using System.Collections.Immutable;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>Decides what to prune from a report's numbers.</summary>
static class Planner
{
    /// <summary>A plan for a network.</summary>
    /// <param name="config">The network.</param>
    /// <param name="report">What was measured; may be null where the rules need no numbers (coarse alone, keeping first blocks; pairs).</param>
    /// <param name="rules">How to decide.</param>
    /// <exception cref="PruningException">The rules need numbers and there is no report, or the report lacks a block of the network (<see
    /// cref="PruningFault.ReportMisfit"/>).</exception>
    public static PruningPlan Decide(UnetConfig config, PruningReport? report, PlanRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentOutOfRangeException.ThrowIfNegative(rules.KeepPerStack, nameof(rules));
        if (!double.IsFinite(rules.TauCos) || !double.IsFinite(rules.TauKl))
            throw new ArgumentOutOfRangeException(nameof(rules), "a threshold is a finite number");
        var scores = report?.Blocks.ToDictionary(block => block.Path, StringComparer.Ordinal);
        var keep = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<int>>(StringComparer.Ordinal);
        foreach (var stack in BlockStack.Of(config))
        {
            bool decoder = stack.Part == UnetPart.Decoder;
            if (decoder ? !rules.Fine : !rules.Coarse) continue;
            ImmutableArray<int> kept = decoder ? Fine(stack, scores, rules)
                : rules.CoarseKeepsStrongest ? Strongest(stack, scores, rules.KeepPerStack, [])
                : [.. Enumerable.Range(0, Math.Min(stack.Depth, rules.KeepPerStack))];
            if (kept.Length < stack.Depth) keep.Add(stack.Path, kept);
        }
        return new PruningPlan { Keep = keep.ToImmutable(), RemovePairs = rules.Pairs ? Pairs(config) : [] };
    }

    // Keep iff both metrics reach their thresholds; a stack that would run short keeps the blocks that change most.
    static ImmutableArray<int> Fine(BlockStack stack, Dictionary<string, BlockScore>? scores, PlanRules rules)
    {
        var kept = Enumerable.Range(0, stack.Depth).Where(block =>
            Score(stack, block, scores) is var score && score.MeanPhiCos >= rules.TauCos && score.MeanPsiKl >= rules.TauKl).ToImmutableArray();
        return kept.Length >= Math.Min(stack.Depth, rules.KeepPerStack) ? kept : Strongest(stack, scores, rules.KeepPerStack, kept);
    }

    static ImmutableArray<int> Strongest(BlockStack stack, Dictionary<string, BlockScore>? scores, int count, ImmutableArray<int> already) =>
        [.. already.Concat(Enumerable.Range(0, stack.Depth).Except(already).OrderByDescending(block =>
            Score(stack, block, scores).MeanPhiCos).Take(count - already.Length)).Order()];

    static BlockScore Score(BlockStack stack, int block, Dictionary<string, BlockScore>? scores)
    {
        if (scores is null)
            throw new PruningException(PruningFault.ReportMisfit, stack.Path,
            "this rule needs measurements: pass the report of an analysis");
        // Blocks of a pruned model are numbered anew: those of the report are others.
        if (scores.ContainsKey(stack.Block(stack.Depth)))
            throw new PruningException(PruningFault.ReportMisfit, stack.Path, "the report has more blocks here than the model: it is of the model before it was pruned; analyze it again");
        return scores.TryGetValue(stack.Block(block), out var score) ? score
            : throw new PruningException(PruningFault.ReportMisfit, stack.Block(block),
                "the report does not contain this block: it is of another model");
    }

    // BK-SDM's choice (Kim et al. 2023): the way down keeps each level's first ResNet, the way up its first and last, which meet the skips they were
    // made for.
    static ImmutableSortedSet<string> Pairs(UnetConfig config)
    {
        var removed = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        for (int level = 0; level < config.Down.Length; level++)
        {
            int count = config.Down[level].TransformerDepths.Length;
            for (int layer = 1; layer < count; layer++) removed.Add(FormattableString.Invariant($"down_blocks.{level}.resnets.{layer}"));
            int up = config.Up.Length - 1 - level;
            for (int layer = 1; layer < count && up >= 0; layer++) removed.Add(FormattableString.Invariant($"up_blocks.{up}.resnets.{layer}"));
        }
        return removed.ToImmutable();
    }
}
