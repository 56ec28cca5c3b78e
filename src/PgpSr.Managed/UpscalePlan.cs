using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>What a run will do and how much memory it takes, known before it begins.</summary>
public sealed record UpscalePlan
{
    /// <summary>Columns of the source.</summary>
    public required int SourceWidth { get; init; }

    /// <summary>Rows of the source.</summary>
    public required int SourceHeight { get; init; }

    /// <summary>Columns of the model's output, before it is resized to the result.</summary>
    public required int ModelWidth { get; init; }

    /// <summary>Rows of the model's output.</summary>
    public required int ModelHeight { get; init; }

    /// <summary>Columns of the result.</summary>
    public required int OutputWidth { get; init; }

    /// <summary>Rows of the result.</summary>
    public required int OutputHeight { get; init; }

    /// <summary>How often the picture goes through the model: 1, or 2 for scales far above the model's.</summary>
    public int Passes => PassPlans.Length;

    /// <summary>Every stage of every pass in order.</summary>
    public ImmutableArray<StagePlan> Stages => [.. PassPlans.SelectMany(pass => pass.Stages)];

    /// <summary>Pixels of the source that neighboring tiles share.</summary>
    public int Overlap => PassPlans[0].Overlap;

    /// <summary>Tiles of all stages.</summary>
    public int Tiles => Stages.Sum(stage => stage.Tiles);

    /// <summary>Network evaluations for one tile.</summary>
    public int Steps => PassPlans[0].Steps;

    /// <summary>Multiply-accumulates of the whole run, counted as direct algorithms.</summary>
    public long MultiplyAdds => Stages.Sum(stage => stage.MultiplyAdds);

    /// <summary>Peak memory of the run in bytes: weights, activations, pictures, strips, but not the runtime itself.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>The part of it taken by weights: the largest sum in memory at once, if a model loads them stage by stage.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>How colors are fixed.</summary>
    public required ColorFixMethod ColorFix { get; init; }

    /// <summary>Whether the result is written in strips and never in memory as a whole.</summary>
    public required bool Strips { get; init; }

    /// <summary>
    /// Warnings to show before the run: the size is so far beyond the model's scale that plain interpolation does the rest. Usually empty.
    /// </summary>
    public ImmutableArray<string> Warnings => Passes > 1 && (Target.Width > ModelWidth || Target.Height > ModelHeight)
        ? [string.Create(CultureInfo.InvariantCulture,
            $"the model enlarges {(double)ModelWidth / SourceWidth:0.##} times in two passes; Lanczos interpolation does the rest of "
            + $"{(double)Target.Width / SourceWidth:0.##} times, which adds no detail")]
        : [];

    internal ImmutableArray<PipelinePlan> PassPlans { get; init; } = [];

    internal TargetSize Target { get; init; }

    /// <summary>What is held beside weights and the pipeline's own: pictures and the stages after the model.</summary>
    internal long HeldBytes { get; init; }

    /// <summary>Bytes that writing the end of the file takes, the source included.</summary>
    internal long EncodingBytes { get; init; }

    // What the model gets, which is larger than a source that is too small for it.
    internal int InputWidth { get; init; }

    internal int InputHeight { get; init; }

    internal bool EnlargesFirst => (InputWidth, InputHeight) != (SourceWidth, SourceHeight);

    internal bool Resizes => NeedsResize(ModelWidth, ModelHeight, Target);

    /// <summary>What counts pixels follows to the size resized to, and then to the part that is kept; how the source was made is not said of the result.</summary>
    internal ImageMetadata Follow(ImageMetadata metadata)
    {
        metadata = metadata.Resized(SourceWidth, SourceHeight, Target.Width, Target.Height);
        Provenance.RemoveOlder(metadata);
        return metadata.Cut(Target.Width, Target.Height, Target.Left, Target.Top, Target.OutputWidth, Target.OutputHeight);
    }

    /// <summary>A readable summary of a few lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{SourceWidth}x{SourceHeight} to {OutputWidth}x{OutputHeight}");
        if (Passes > 1) text.Append(CultureInfo.InvariantCulture, $" in {Passes} passes");
        text.Append(CultureInfo.InvariantCulture, $", {MultiplyAdds / 1e9:N1} billion multiply-adds, {Size(PeakBytes)} of memory");
        if (EnlargesFirst) text.Append(CultureInfo.InvariantCulture, $"; enlarged to {InputWidth}x{InputHeight} first, the least that the model takes");
        text.Append(Strips ? ", written strip by strip" : "");
        if (Resizes) text.Append(CultureInfo.InvariantCulture, $"; the model makes {ModelWidth}x{ModelHeight}, which is resized");
        foreach (var stage in Stages)
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"  {stage.Name}: {stage.Tiles} {(stage.Tiles == 1 ? "tile" : "tiles")} of {stage.TileWidth}x{stage.TileHeight}");
            if (stage.Steps > 1) text.Append(CultureInfo.InvariantCulture, $" x {stage.Steps} steps");
            text.Append(CultureInfo.InvariantCulture, $", {Size(stage.Bytes)}");
        }
        return text.ToString();
    }

    internal static bool NeedsResize(int width, int height, TargetSize target) =>
        (width, height) != (target.Width, target.Height) || (width, height) != (target.OutputWidth, target.OutputHeight);

    internal static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F2} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / (double)(1L << 20)):F0} MiB");
}
