using System.Collections.Immutable;
using System.Globalization;
using PgpSr.Models;

namespace PgpSr.Pruning;

/// <summary>
/// A plan applied to a topology: the smaller one, and where every tensor goes. Removing a block is leaving out its tensors and renumbering the
/// survivors; the residual stream passes through. Removing a ResNet of the way down removes a skip, so one of the way up must go with it, and every
/// survivor must still meet a skip of the channels it was made for.
/// </summary>
sealed class PlannedTopology
{
    readonly UnetConfig _before;
    readonly PruningPlan _plan;
    readonly Dictionary<string, ImmutableArray<int>> _layers = new(StringComparer.Ordinal);

    PlannedTopology(UnetConfig before, PruningPlan plan)
    {
        _before = before;
        _plan = plan;
        CheckKeep();
        CheckPairs();
        After = before with
        {
            Down = Levels("down_blocks", before.Down),
            Middle = plan.RemoveMiddle || before.Middle is null ? null : before.Middle.TransformerDepth < 0
                ? before.Middle : before.Middle with { TransformerDepth = Kept("mid_block.attentions.0", before.Middle.TransformerDepth).Length },
            Up = Levels("up_blocks", before.Up),
        };
        CheckSkips();
    }

    /// <summary>The smaller topology.</summary>
    public UnetConfig After { get; }

    /// <summary>Applies a plan.</summary>
    /// <exception cref="PruningException">The plan does not fit the topology (<see cref="PruningFault.PlanMisfit"/>); the message names
    /// what.</exception>
    public static PlannedTopology Of(UnetConfig config, PruningPlan plan)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(plan);
        return new PlannedTopology(config, plan);
    }

    /// <summary>The key that a tensor of the source has in the result; null for one that goes.</summary>
    public string? Rename(string tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        string[] parts = tensor.Split('.');
        if (parts[0] == "mid_block")
        {
            if (_plan.RemoveMiddle) return null;
            return RenameBlock(parts, "mid_block.attentions.0", 3) ? string.Join('.', parts) : null;
        }
        if (parts.Length < 4 || parts[0] is not ("down_blocks" or "up_blocks") || parts[2] is not ("resnets" or "attentions")) return tensor;
        string level = $"{parts[0]}.{parts[1]}";
        if (!_layers.TryGetValue(level, out var layers) || !Index(parts[3], out int layer)) return tensor;
        int rank = layers.IndexOf(layer);
        if (rank < 0) return null;
        if (parts[2] == "attentions" && !RenameBlock(parts, $"{level}.attentions.{layer}", 4)) return null;
        parts[3] = rank.ToString(CultureInfo.InvariantCulture);
        return string.Join('.', parts);
    }

    // parts[at] is "transformer_blocks" and parts[at + 1] its index, if it is a block's tensor. False if the block goes.
    bool RenameBlock(string[] parts, string stack, int at)
    {
        if (parts.Length <= at + 1 || parts[at] != "transformer_blocks" || !_plan.Keep.TryGetValue(stack, out var kept)
            || !Index(parts[at + 1], out int block)) return true;
        int rank = kept.IndexOf(block);
        if (rank < 0) return false;
        parts[at + 1] = rank.ToString(CultureInfo.InvariantCulture);
        return true;
    }

    ImmutableArray<UnetStageConfig> Levels(string name, ImmutableArray<UnetStageConfig> levels)
    {
        var after = ImmutableArray.CreateBuilder<UnetStageConfig>();
        for (int level = 0; level < levels.Length; level++)
        {
            string path = FormattableString.Invariant($"{name}.{level}");
            var depths = levels[level].TransformerDepths;
            ImmutableArray<int> layers =
                [.. Enumerable.Range(0, depths.Length)
                .Where(layer => !_plan.RemovePairs.Contains(FormattableString.Invariant($"{path}.resnets.{layer}")))];
            if (layers.IsEmpty) Throw.PlanMisfit(path, "the plan removes all its ResNets; a level keeps at least one");
            _layers[path] = layers;
            after.Add(levels[level] with
            {
                TransformerDepths = [.. layers.Select(layer =>
                    depths[layer] < 0 ? depths[layer] : Kept(FormattableString.Invariant($"{path}.attentions.{layer}"), depths[layer]).Length)],
            });
        }
        return after.ToImmutable();
    }

    ImmutableArray<int> Kept(string stack, int depth) => _plan.Keep.TryGetValue(stack, out var kept) ? kept : [.. Enumerable.Range(0, depth)];

    void CheckKeep()
    {
        var stacks = BlockStack.Of(_before).ToDictionary(stack => stack.Path, StringComparer.Ordinal);
        foreach (var (path, kept) in _plan.Keep)
        {
            if (!stacks.TryGetValue(path, out var stack))
                throw new PruningException(PruningFault.PlanMisfit, path,
                    "the plan names it, the model has no such stack of transformer blocks; "
                    + $"it has {(stacks.Count == 0 ? "none" : string.Join(", ", stacks.Keys))}");
            for (int i = 0; i < kept.Length; i++)
            {
                if (kept[i] < 0 || kept[i] >= stack.Depth)
                    Throw.PlanMisfit(path, $"the plan keeps block {kept[i]}, the stack has blocks 0 to {stack.Depth - 1}");
                if (i > 0 && kept[i] <= kept[i - 1])
                    Throw.PlanMisfit(path, $"the plan keeps blocks {string.Join(", ", kept)}; they must ascend, each once");
            }
        }
    }

    void CheckPairs()
    {
        foreach (string pair in _plan.RemovePairs)
        {
            string[] parts = pair.Split('.');
            bool known = parts is [("down_blocks" or "up_blocks"), _, "resnets", _] && Index(parts[1], out int level)
                && Index(parts[3], out int layer)
                && (parts[0] == "down_blocks" ? _before.Down : _before.Up) is var levels && level < levels.Length
                    && layer < levels[level].TransformerDepths.Length;
            if (!known)
                Throw.PlanMisfit(pair,
                "the plan removes it, the model has no such ResNet on the way down or up (expected, for example, down_blocks.1.resnets.1)");
        }
        if (_plan.RemoveMiddle && _before.Middle is null) Throw.PlanMisfit("mid_block", "the plan removes it, the model has none");
    }

    // Walks both networks as a forward pass does and compares what each ResNet takes in: the way itself and, on the way up, the skip.
    void CheckSkips()
    {
        int pushed = 1 + After.Down.Sum(stage => stage.TransformerDepths.Length + (stage.Resample ? 1 : 0)),
            popped = After.Up.Sum(stage => stage.TransformerDepths.Length);
        if (pushed != popped)
        {
            int down = _plan.RemovePairs.Count(p => p.StartsWith("down", StringComparison.Ordinal)), up = _plan.RemovePairs.Count - down;
            Throw.PlanMisfit("remove_pairs",
                $"the plan removes {down} ResNets of the way down, each of which leaves a skip, and {up} of the way up, each of which takes one: "
                + "as many must go up as down");
        }
        var before = Inputs(_before);
        foreach (var (path, found) in Inputs(After))
        {
            string[] parts = path.Split('.');
            int original = _layers[$"{parts[0]}.{parts[1]}"][int.Parse(parts[3], CultureInfo.InvariantCulture)];
            string source = FormattableString.Invariant($"{parts[0]}.{parts[1]}.resnets.{original}");
            var expected = before[source];
            if (found == expected) continue;
            Throw.PlanMisfit(source, found.Way != expected.Way
                ? $"it was made for {expected.Way} channels; after the removals {found.Way} would come in. Keep the ResNet before it"
                : $"it was made for a skip of {expected.Skip} channels; paired anew it would meet {found.Skip}. Remove another ResNet of the way up");
        }
        if (_plan.RemoveMiddle && _before.Middle!.Channels != _before.Down[^1].Channels)
            Throw.PlanMisfit("mid_block", $"it turns {_before.Down[^1].Channels} channels into {_before.Middle.Channels} and cannot be left out");
    }

    static Dictionary<string, (int Way, int Skip)> Inputs(UnetConfig config)
    {
        var inputs = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        var skips = new Stack<int>([config.StemChannels]);
        int channels = config.StemChannels;
        for (int level = 0; level < config.Down.Length; level++)
        {
            var stage = config.Down[level];
            for (int layer = 0; layer < stage.TransformerDepths.Length; layer++)
            {
                inputs[FormattableString.Invariant($"down_blocks.{level}.resnets.{layer}")] = (channels, 0);
                skips.Push(channels = stage.Channels);
            }
            if (stage.Resample) skips.Push(stage.Channels);
        }
        for (int level = 0; level < config.Up.Length; level++)
        {
            var stage = config.Up[level];
            for (int layer = 0; layer < stage.TransformerDepths.Length; layer++)
            {
                inputs[FormattableString.Invariant($"up_blocks.{level}.resnets.{layer}")] = (channels, skips.Pop());
                channels = stage.Channels;
            }
        }
        return inputs;
    }

    static bool Index(string text, out int index) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
