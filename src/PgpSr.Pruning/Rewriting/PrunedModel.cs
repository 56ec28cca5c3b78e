using System.Collections.Immutable;
using PgpSr.Models;
using PgpSr.Restoration;
using PgpSr.Safetensors;

namespace PgpSr.Pruning;

/// <summary>A model as it will be: configuration, and each tensor with what fills it.</summary>
sealed class PrunedModel
{
    /// <summary>The UNet's topology.</summary>
    public required UnetConfig Unet { get; init; }

    /// <summary>What its file says of it, key and text; null where a file beside the weights does.</summary>
    public required (string Key, string Text)? Configuration { get; init; }

    /// <summary>As <see cref="Checkpoint.PixelsPerPosition"/>.</summary>
    public required int PixelsPerPosition { get; init; }

    /// <summary>Each tensor with what fills it.</summary>
    public required ImmutableArray<PrunedTensor> Tensors { get; init; }

    /// <summary>Applies a plan to a model. Nothing is read but shapes.</summary>
    public static PrunedModel Of(Checkpoint source, PruningPlan plan, PruneOptions options)
    {
        var topology = PlannedTopology.Of(source.Unet, plan);
        var (small, faithDiff) = (source.Small, source.FaithDiff);
        if (small is not null) small = small with { Unet = topology.After };
        if (faithDiff is not null) faithDiff = faithDiff with { Unet = topology.After };
        var tensors = new List<PrunedTensor>();
        foreach (var tensor in source.Tensors.Values)
            if (Rename(tensor.Name) is { } name) tensors.Add(new PrunedTensor(name, tensor.Type, tensor.Shape, tensor.ByteCount, tensor.CopyTo));
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
        return new PrunedModel
        {
            Unet = topology.After,
            Configuration = Describe(source, topology.After, small),
            PixelsPerPosition = source.PixelsPerPosition,
            Tensors = [.. tensors],
        };

        // Other networks of the same file stay as they are.
        string? Rename(string name) => !name.StartsWith(source.UnetPrefix, StringComparison.Ordinal) ? name
            : topology.Rename(name[source.UnetPrefix.Length..]) is { } renamed ? source.UnetPrefix + renamed : null;
    }

    static (string, string)? Describe(Checkpoint source, UnetConfig unet, PgpConfig? small) => source switch
    {
        { Small: not null } => (PgpConfigJson.MetadataKey, PgpConfigJson.Write(small!)),
        { AdcSr: { } adcSr } => (AdcSrConfigJson.MetadataKey, AdcSrConfigJson.Write(adcSr with { Unet = unet })),
        { OneStep: not null } => (OneStepFile.UnetKey, UnetConfigJson.Write(unet)),
        { X4.Parts.IsFolder: false } => ($"{PipelineParts.MetadataPrefix}{OneStepFolder.UnetFolder}/{ConfigFile.Name}", OutputLayout.Config(unet)),
        _ => null,
    };

    static (PgpConfig? Small, FaithDiffConfig? FaithDiff) Insert(Checkpoint source, PhasePlacement placement,
        PgpConfig? small, FaithDiffConfig? faithDiff, PruneOptions options)
    {
        if ((small?.Phase ?? faithDiff?.Phase ?? PhasePlacement.None) != PhasePlacement.None)
            Throw.PlanMisfit(source.Path, "it has phase-exchange adapters already");
        if (!Narrowing.IsTarget(source.DominantType))
            Throw.Unsupported(source.Path, $"adapters cannot be made in {source.DominantType.Name()}; convert it first");
        if (faithDiff is not null) return (null, faithDiff with { Phase = placement });
        if (small is null) throw new PruningException(PruningFault.Unsupported, source.Path, "it has no guide that phase adapters could take");
        int guide = small.GuideChannels > 0 ? small.GuideChannels : options.GuideChannels;
        if (guide % small.Unet.NormGroups != 0)
            Throw.PlanMisfit(source.Path, $"a guide of {guide} channels does not divide into its {small.Unet.NormGroups} groups");
        return (small with { Phase = placement, GuideChannels = guide }, null);
    }
}

/// <summary>A tensor of a model that is to be written.</summary>
sealed record PrunedTensor(string Name, SafetensorsDType Type, ImmutableArray<long> Shape, long ByteCount, Action<Stream> Write);
