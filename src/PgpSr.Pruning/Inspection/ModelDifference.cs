using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>What differs in one place of two models.</summary>
/// <param name="Path">A stack of transformer blocks, a level, or a part.</param>
/// <param name="Text">What the one and the other have.</param>
sealed record StackDifference(string Path, string Text)
{
    /// <summary>On one line.</summary>
    public override string ToString() => $"{Path}: {Text}";
}

/// <summary>Compares the topologies of two models of a family. Where the second was pruned from the first, blocks go by the first's
/// numbering.</summary>
static class ModelDifference
{
    /// <summary>Every place where they differ, in the order of running.</summary>
    public static IReadOnlyList<StackDifference> Stacks(Checkpoint one, Checkpoint two)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(two);
        var differences = new List<StackDifference>();
        // The record speaks of this pair only if its plan leads from the one to the other.
        var plan = PruningHistory.Of(two)?.Plan is { } recorded && LeadsTo(one.Unet, recorded, two.Unet) ? recorded : null;
        if (plan is not null)
        {
            foreach (var stack in BlockStack.Of(one.Unet))
            {
                if (!plan.Keep.TryGetValue(stack.Path, out var kept) || kept.Length == stack.Depth) continue;
                differences.Add(new(stack.Path,
                    $"{stack.Depth} blocks, the other keeps {(kept.IsEmpty ? "none" : $"only {string.Join(", ", kept)}")}"));
            }
            differences.AddRange(plan.RemovePairs.Select(pair => new StackDifference(pair, "the other lacks it and the transformer after it")));
            if (plan.RemoveMiddle) differences.Add(new("mid_block", "the other lacks it"));
        }
        else
        {
            ByDepth(one.Unet, two.Unet, differences);
        }
        var (phase, otherPhase) = (Phase(one), Phase(two));
        if (phase != otherPhase) differences.Add(new("phase adapters", $"{Name(phase)}, the other {Name(otherPhase)}"));
        return differences;
    }

    static bool LeadsTo(UnetConfig one, PruningPlan plan, UnetConfig two)
    {
        try
        {
            return PlannedTopology.Of(one, plan).After == two;
        }
        catch (PruningException)
        {
            return false;
        }
    }

    static void ByDepth(UnetConfig one, UnetConfig two, List<StackDifference> differences)
    {
        var (first, second) =
            (BlockStack.Of(one).ToDictionary(s => s.Path, s => s.Depth), BlockStack.Of(two).ToDictionary(s => s.Path, s => s.Depth));
        foreach (string path in first.Keys.Concat(second.Keys.Except(first.Keys)))
        {
            string a = first.TryGetValue(path, out int depth) ? $"{depth} blocks" : "no transformer", b =
                second.TryGetValue(path, out int other) ? $"{other}" : "none";
            if (depth != other || first.ContainsKey(path) != second.ContainsKey(path)) differences.Add(new(path, $"{a}, the other {b}"));
        }
        Layers("down_blocks", one.Down, two.Down);
        if (one.Middle is null != two.Middle is null)
            differences.Add(new("mid_block", one.Middle is null ? "none, the other has one" : "the other lacks it"));
        Layers("up_blocks", one.Up, two.Up);

        void Layers(string name, IReadOnlyList<UnetStageConfig> ours, IReadOnlyList<UnetStageConfig> theirs)
        {
            for (int level = 0; level < Math.Max(ours.Count, theirs.Count); level++)
            {
                string a = level < ours.Count ? $"{ours[level].TransformerDepths.Length} ResNets of {ours[level].Channels} channels" : "nothing";
                string b = level < theirs.Count ? $"{theirs[level].TransformerDepths.Length} ResNets of {theirs[level].Channels} channels"
                    : "nothing";
                if (a != b) differences.Add(new(FormattableString.Invariant($"{name}.{level}"), $"{a}, the other {b}"));
            }
        }
    }

    static PhasePlacement Phase(Checkpoint checkpoint) => checkpoint.Small?.Phase ?? checkpoint.FaithDiff?.Phase ?? PhasePlacement.None;

    static string Name(PhasePlacement placement) => placement.ToString().ToLowerInvariant();
}
