using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>
/// The topology of an SDXL UNet, as data: a pruned block is simply not in a list. Read from a diffusers <c>config.json</c>
/// (<see cref="UnetConfigJson"/>), derived from a checkpoint's keys (<see cref="UnetTopology"/>), or written by hand.
/// </summary>
sealed record UnetConfig
{
    /// <summary>Channels of the noisy latent, and of whatever is concatenated to it.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the prediction.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Levels from full resolution down.</summary>
    public required ImmutableArray<UnetStageConfig> Down { get; init; }

    /// <summary>The bottleneck, or null for a network without one.</summary>
    public UnetMiddleConfig? Middle { get; init; }

    /// <summary>Levels from the lowest resolution up.</summary>
    public required ImmutableArray<UnetStageConfig> Up { get; init; }

    /// <summary>Channels of the text states that cross-attention sees; 0 for transformer blocks without cross-attention.</summary>
    public int ContextChannels { get; init; }

    /// <summary>SDXL's second conditioning (pooled text and six sizes); null for none.</summary>
    public AddedConditionConfig? AddedCondition { get; init; }

    /// <summary>Groups of all group norms, unless <see cref="NormGroupChoices"/> has some.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>
    /// Group counts of which every norm takes the first that divides its channels, in place of <see cref="NormGroups"/>: of a network whose widths
    /// were cut. Ends in 1. Empty for one count everywhere.
    /// </summary>
    public ImmutableArray<int> NormGroupChoices { get; init; } = [];

    /// <summary>Rows of the class embedding, which is added to the time's; 0 for none.</summary>
    public int ClassEmbeddings { get; init; }

    /// <summary>Whether the network is told a timestep; otherwise it has no time embedding, and its ResNets no projection of one.</summary>
    public bool HasTime { get; init; } = true;

    /// <summary>Epsilon of the ResNets' group norms.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Channels of conv_in's result: the first level's.</summary>
    public int StemChannels => Down[0].Channels;

    /// <summary>Length of the time embedding: four times the stem, as in every diffusers UNet; 0 without one.</summary>
    public int TimeChannels => HasTime ? 4 * StemChannels : 0;

    /// <summary>
    /// Whether the first level down and the last level up are a level of their own: the last takes the skips of the first and of conv_in, no
    /// others, so both can be evaluated without what lies between them.
    /// </summary>
    public bool HasOuterLevel => Down.Length > 1 && Up.Length > 1 && Down[0].Resample && !Up[^1].Resample
        && Up[^1].TransformerDepths.Length == Down[0].TransformerDepths.Length + 1;

    /// <summary>SDXL base 1.0: 2,567,463,684 parameters.</summary>
    public static UnetConfig Sdxl { get; } = new()
    {
        Down = [new(320, 5, [-1, -1], true), new(640, 10, [2, 2], true), new(1280, 20, [10, 10], false)],
        Middle = new(1280, 20, 10),
        Up = [new(1280, 20, [10, 10, 10], true), new(640, 10, [2, 2, 2], true), new(320, 5, [-1, -1, -1], false)],
        ContextChannels = 2048,
        AddedCondition = new(256, 1280),
    };

    /// <summary>Checks that skips pair up and channels divide.</summary>
    /// <exception cref="ArgumentException">They do not; the message says where.</exception>
    public void Validate()
    {
        if (Down.IsDefaultOrEmpty || Up.IsDefaultOrEmpty) throw new ArgumentException("a UNet has at least one level down and one up");
        int pushed = 1 + Down.Sum(stage => stage.TransformerDepths.Length + (stage.Resample ? 1 : 0));
        int popped = Up.Sum(stage => stage.TransformerDepths.Length);
        if (pushed != popped)
            throw new ArgumentException($"the levels down leave {pushed} skips (conv_in, each layer, each downsampler), the levels up take {popped}");
        int down = Down.Count(stage => stage.Resample), up = Up.Count(stage => stage.Resample);
        if (down != up) throw new ArgumentException($"{down} downsamplers, but {up} upsamplers");
        if (NormGroups < 1 || NormGroupChoices.Any(count => count < 1) || (!NormGroupChoices.IsEmpty && NormGroupChoices[^1] != 1))
            throw new ArgumentException("group counts are positive, and a list of choices ends in 1");
        if (!HasTime && (ClassEmbeddings > 0 || AddedCondition is not null))
            throw new ArgumentException("a class or added condition joins the time embedding, which this network does not have");
        foreach (var stage in Down.Concat(Up)) stage.Validate(Groups(stage.Channels));
        if (Middle is { } middle)
            new UnetStageConfig(middle.Channels, middle.Heads, [middle.TransformerDepth], false).Validate(Groups(middle.Channels));
        if (ContextChannels == 0 && Down.Concat(Up).Any(stage => stage.OnlyCrossAttention))
            throw new ArgumentException("attention to the text alone needs a text: ContextChannels is 0");
    }

    /// <summary>Groups of a norm over so many channels.</summary>
    public int Groups(int channels) => NormGroupChoices.IsEmpty ? NormGroups : NormGroupChoices.First(count => count == 1 || channels % count == 0);

    /// <inheritdoc/>
    public bool Equals(UnetConfig? other) =>
        other is not null && InChannels == other.InChannels && OutChannels == other.OutChannels && Down.SequenceEqual(other.Down)
        && Middle == other.Middle && Up.SequenceEqual(other.Up) && ContextChannels == other.ContextChannels && AddedCondition == other.AddedCondition
        && NormGroups == other.NormGroups && NormEpsilon == other.NormEpsilon && NormGroupChoices.SequenceEqual(other.NormGroupChoices)
        && ClassEmbeddings == other.ClassEmbeddings && HasTime == other.HasTime;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InChannels, OutChannels, Down.Length, Middle, Up.Length, ContextChannels, AddedCondition);
}

/// <summary>One level of a UNet.</summary>
/// <param name="Channels">Channels of its layers' results.</param>
/// <param name="Heads">Attention heads (diffusers' SDXL configuration calls the head counts <c>attention_head_dim</c>).</param>
/// <param name="TransformerDepths">One entry a ResNet: -1 for no transformer after it, otherwise how many blocks the transformer has (0: only its
/// projections).</param>
/// <param name="Resample">A downsampler (down) or upsampler (up) at the end.</param>
sealed record UnetStageConfig(int Channels, int Heads, ImmutableArray<int> TransformerDepths, bool Resample)
{
    /// <summary>Entry of <see cref="TransformerDepths"/> for a ResNet without a transformer.</summary>
    public const int NoTransformer = -1;

    /// <summary>Whether the first attention of every transformer block sees the text too, in place of the pixels.</summary>
    public bool OnlyCrossAttention { get; init; }

    /// <inheritdoc/>
    public bool Equals(UnetStageConfig? other) =>
        other is not null && Channels == other.Channels && Resample == other.Resample && TransformerDepths.SequenceEqual(other.TransformerDepths)
        && (OnlyCrossAttention == other.OnlyCrossAttention || TransformerDepths.All(d => d <= 0))
        && (Heads == other.Heads || TransformerDepths.All(d => d < 0)); // heads of a level without transformers mean nothing

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Channels, TransformerDepths.Length, Resample);

    internal void Validate(int groups)
    {
        if (Channels < 1 || Channels % groups != 0) throw new ArgumentException($"{Channels} channels do not divide into {groups} groups");
        if (TransformerDepths.Any(d => d >= 0) && (Heads < 1 || Channels % Heads != 0))
            throw new ArgumentException($"{Channels} channels do not divide into {Heads} heads");
        if (TransformerDepths.Any(d => d < NoTransformer)) throw new ArgumentException("a transformer depth is -1 (none), 0 or more");
    }
}

/// <summary>The bottleneck: ResNet, transformer, ResNet; or one ResNet alone, as diffusers builds <c>UNetMidBlock2D</c>.</summary>
/// <param name="Channels">Channels throughout.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="TransformerDepth">-1 for one ResNet alone.</param>
sealed record UnetMiddleConfig(int Channels, int Heads, int TransformerDepth);

/// <summary>SDXL's <c>text_time</c> conditioning: pooled text and six numbers, each number as a sinusoidal embedding.</summary>
/// <param name="NumberChannels">Length of each number's embedding (256).</param>
/// <param name="PooledChannels">Length of the pooled text (1280).</param>
sealed record AddedConditionConfig(int NumberChannels, int PooledChannels)
{
    /// <summary>Original height and width, crop top and left, target height and width.</summary>
    public const int Numbers = 6;
}
