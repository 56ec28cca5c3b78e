using System.Collections.Immutable;
using PgpSr.Imaging;
using PgpSr.Restoration;

namespace PgpSr.Managed;

/// <summary>One plan for everything: sizes, passes, what is held beside the pipeline, and the pipeline's own tiles within what is left.</summary>
static class UpscalePlanner
{
    // A scale of up to half as much again is one pass and a plain enlargement of the rest: a second pass costs as many times more as the model's scale squared, for
    // detail that is finer than the first pass's by less than that half.
    const double OnePassReach = 1.5;

    /// <summary>
    /// Rows of pixels that pass between the stages after a model at once, at most; what these hold is small beside everything else.
    /// </summary>
    public const int StripRows = TilePass.MostStripRows;

    // Bleeding color into transparent pixels: float colors and a weight for each pixel, and a pyramid of them (1 + 1/4 + 1/16 + ...).
    const double BleedBytesPerPixel = 13 * 4.0 / 3;

    /// <param name="pipeline">The model.</param>
    /// <param name="source">The picture.</param>
    /// <param name="options">Size, memory budget and so on.</param>
    /// <param name="output">How the result is written, strip by strip; null for one in memory.</param>
    public static UpscalePlan Plan(IPipeline pipeline, ImageInfo source, UpscaleOptions options, OutputOptions? output)
    {
        try
        {
            return PlanWithin(pipeline, source, options, output);
        }
        catch (MemoryBudgetException refused)
        {
            throw Throw.Budget(refused.BudgetBytes, Smallest(pipeline, source, options, output, refused.SmallestBytes));
        }
    }

    // What was short first may not be all: another pass, or the bleeding of color, may need more than what the first refusal names.
    static long Smallest(IPipeline pipeline, ImageInfo source, UpscaleOptions options, OutputOptions? output, long bytes)
    {
        while (true)
        {
            try
            {
                PlanWithin(pipeline, source, options with { MemoryBudget = bytes }, output);
                return bytes;
            }
            catch (MemoryBudgetException refused)
            {
                bytes = refused.SmallestBytes;
            }
        }
    }

    static UpscalePlan PlanWithin(IPipeline pipeline, ImageInfo source, UpscaleOptions options, OutputOptions? written)
    {
        var model = pipeline.Model;
        if (options.MemoryBudget is <= 0) Throw.Option(model.Name, nameof(options.MemoryBudget), $"is {options.MemoryBudget}; expected a number of bytes");
        if (source.Length > Array.MaxLength)
            throw new ArgumentException($"{source.Width}x{source.Height} pixels of {source.Channels * source.BitDepth} bits are more than the 2 GiB of a picture in memory; cut it into parts, or save it with 8 bits a sample first");
        var target = TargetSize.Of(source.Width, source.Height, options, model.Scale);
        var output = source with { Width = target.OutputWidth, Height = target.OutputHeight };
        if (written is null && output.Length > Array.MaxLength)
            Throw.Option(model.Name, nameof(options.Scale), $"results in {output.Width}x{output.Height} pixels, more than the 2 GiB of a picture in memory; upscale from file to file instead");
        var fix = options.ColorFix ?? pipeline.DefaultColorFix;
        long budget = options.MemoryBudget ?? long.MaxValue;

        // The source and its colors without alpha, the alpha, and the result or what its encoder holds.
        var encoder = written is null ? EncoderMemory.None : EncoderMemory.Of(output, written);
        var color = source with { Channels = source.ColorChannels };
        long held = source.Length + (source.HasAlpha ? color.Length + (long)source.Width * source.Height * (source.BitDepth / 8) : 0) + (written is null ? output.Length : encoder.Beside);
        long encoding = checked(held + encoder.AtEnd);
        long bleeding = source.HasAlpha ? source.Length * 2 + (long)(BleedBytesPerPixel * source.Width * source.Height) : 0;

        var input = Input(pipeline, source);
        if (input != source) held = checked(held + (long)input.Width * input.Height * source.ColorChannels * (source.BitDepth / 8));

        var passes = ImmutableArray.CreateBuilder<PipelinePlan>();
        int count = Passes(pipeline, input, target);
        var next = input;
        for (int i = 0; i < count; i++)
        {
            long beside = held + (i > 0 ? next.Length : 0);
            var (width, height) = pipeline.AnySize ? (target.Width, target.Height) : (checked(next.Width * model.Scale), checked(next.Height * model.Scale));
            var made = source with { Width = width, Height = height, Channels = source.ColorChannels };
            if (i < count - 1)
            {
                made = made with { BitDepth = 16 };
                if (made.Length > Array.MaxLength)
                    Throw.Option(model.Name, nameof(options.Scale), $"takes two passes with {made.Width}x{made.Height} pixels between them, more than the 2 GiB of a picture in memory");
                beside += made.Length;
            }
            else
            {
                beside += Finishing(made, output, target, fix);
            }
            var pass = pipeline.Plan(new PipelineRequest(next.Width, next.Height, target.Width, target.Height, options, beside, budget));
            passes.Add(pass);
            held = i < count - 1 ? held : beside;
            next = UpscaleRun.Middle(source, pass);
        }
        long peak = Math.Max(passes.Max(pass => pass.PeakBytes), Math.Max(bleeding, encoding) + model.WeightBytes);
        if (peak > budget) throw Throw.Budget(budget, peak);
        var last = passes[^1];
        return new UpscalePlan
        {
            SourceWidth = source.Width,
            SourceHeight = source.Height,
            InputWidth = input.Width,
            InputHeight = input.Height,
            ModelWidth = last.OutputWidth,
            ModelHeight = last.OutputHeight,
            OutputWidth = target.OutputWidth,
            OutputHeight = target.OutputHeight,
            PeakBytes = peak,
            WeightBytes = model.WeightBytes + passes.Max(pass => pass.PassingWeightBytes),
            ColorFix = fix,
            Strips = written is not null,
            PassPlans = passes.ToImmutable(),
            HeldBytes = held,
            EncodingBytes = encoding,
            Target = target,
        };
    }

    // What the model gets: the source, or the source enlarged until its shorter side is as long as the model needs.
    static ImageInfo Input(IPipeline pipeline, ImageInfo source)
    {
        int shorter = Math.Min(source.Width, source.Height), least = pipeline.LeastSide;
        if (shorter >= least) return source;
        long longer = (long)Math.Max(source.Width, source.Height) * least / shorter;
        if (longer * pipeline.Model.Scale > TargetSize.MaxSide)
            throw new ArgumentException($"{pipeline.Model.Name}: a picture of {source.Width}x{source.Height} is too narrow: this model needs {least} pixels across");
        return source with
        {
            Width = source.Width == shorter ? least : (int)longer,
            Height = source.Height == shorter ? least : (int)longer,
        };
    }

    static int Passes(IPipeline pipeline, ImageInfo source, TargetSize target)
    {
        int scale = pipeline.Model.Scale;
        double wanted = Math.Max((double)target.Width / source.Width, (double)target.Height / source.Height);
        return !pipeline.AnySize && scale > 1 && wanted > OnePassReach * scale ? 2 : 1;
    }

    // What the stages between model and sink hold.
    static long Finishing(ImageInfo made, ImageInfo output, TargetSize target, ColorFixMethod fix)
    {
        long bytes = (long)StripRows * (made.RowLength + (output.HasAlpha ? 2L * output.RowLength : 0));
        if (UpscalePlan.NeedsResize(made.Width, made.Height, target)) bytes += ResizedRows.Bytes(made, target, StripRows);
        return bytes + fix switch
        {
            ColorFixMethod.AdaIn => AdaInRows.Bytes(made.Width, made.Height),
            ColorFixMethod.Wavelet => WaveletRows.Bytes(made.Width),
            _ => 0,
        };
    }
}
