using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>A model as it will be: configuration, and each tensor with what fills it.</summary>
sealed class PrunedModel
{
    PrunedModel(UnetConfig unet, PgpConfig? small, ImmutableArray<PrunedTensor> tensors)
    {
        Unet = unet;
        Small = small;
        Tensors = tensors;
    }

    public UnetConfig Unet { get; }

    public PgpConfig? Small { get; }

    public ImmutableArray<PrunedTensor> Tensors { get; }

    /// <summary>Applies a plan to a model. Nothing is read but shapes.</summary>
    public static PrunedModel Of(Checkpoint source, PruningPlan plan, PruneOptions options)
    {
        var topology = PlannedTopology.Of(source.Unet, plan);
        var (small, faithDiff) = (source.Small, source.FaithDiff);
        if (small is not null) small = small with { Unet = topology.After };
        if (faithDiff is not null) faithDiff = faithDiff with { Unet = topology.After };
        var tensors = new List<PrunedTensor>();
        foreach (var tensor in source.Tensors.Values)
            if (topology.Rename(tensor.Name) is { } name)
                tensors.Add(new PrunedTensor(name, tensor.Type, tensor.Shape, tensor.ByteCount, tensor.CopyTo));
        if (plan.InsertPeam != PhasePlacement.None)
        {
            var have = Checkpoint.Declare(topology.After, small, faithDiff).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
            (small, faithDiff) = Insert(source, plan.InsertPeam, small, faithDiff, options);
            var type = source.DominantType;
            foreach (var added in Checkpoint.Declare(topology.After, small, faithDiff).Where(t => !have.Contains(t.Name)))
            {
                ImmutableArray<long> shape = [.. Enumerable.Range(0, added.Shape.Rank).Select(i => (long)added.Shape[i])];
                tensors.Add(new PrunedTensor(added.Name, type, shape, added.Shape.Count * (type.BitCount() / 8), stream =>
                    stream.Write(NewWeights.Of(added, options.Seed, type))));
            }
        }
        return new PrunedModel(topology.After, small, [.. tensors]);
    }

    static (PgpConfig? Small, FaithDiffConfig? FaithDiff) Insert(Checkpoint source, PhasePlacement placement,
        PgpConfig? small, FaithDiffConfig? faithDiff, PruneOptions options)
    {
        if ((small?.Phase ?? faithDiff?.Phase ?? PhasePlacement.None) != PhasePlacement.None)
            Throw.PlanMisfit(source.Path, "it has phase-exchange adapters already");
        if (!Narrowing.IsTarget(source.DominantType))
            Throw.Unsupported(source.Path, $"adapters cannot be made in {source.DominantType.Name()}; convert it first");
        if (faithDiff is not null) return (null, faithDiff with { Phase = placement });
        if (small is null)
            throw new PruningException(PruningFault.Unsupported, source.Path, "a UNet alone has no guide whose phase adapters could take");
        int guide = small.GuideChannels > 0 ? small.GuideChannels : options.GuideChannels;
        if (guide % small.Unet.NormGroups != 0)
            Throw.PlanMisfit(source.Path, $"a guide of {guide} channels does not divide into its {small.Unet.NormGroups} groups");
        return (small with { Phase = placement, GuideChannels = guide }, null);
    }
}

/// <summary>A tensor of a model that is to be written.</summary>
sealed record PrunedTensor(string Name, SafetensorsDType Type, ImmutableArray<long> Shape, long ByteCount, Action<Stream> Write);
