using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>One plan for everything: sizes, passes, what is held beside the pipeline, and the pipeline's own tiles within what is left.</summary>
static class UpscalePlanner
{
    public static UpscalePlan Plan(IPipeline pipeline, ImageInfo source, UpscaleOptions options, bool strips)
    {
        var model = pipeline.Model;
        if (options.MemoryBudget is <= 0) Throw.Option(model.Name, nameof(options.MemoryBudget), $"is {options.MemoryBudget}; expected a number of bytes");
        var target = TargetSize.Of(source.Width, source.Height, options, model.Scale);
        var output = source with { Width = target.OutputWidth, Height = target.OutputHeight };
        long held = source.Length + (strips ? 0 : output.Length);
        var request = new PipelineRequest(source.Width, source.Height, target.Width, target.Height, options, held, options.MemoryBudget ?? long.MaxValue);
        var pass = pipeline.Plan(request);
        return new UpscalePlan
        {
            SourceWidth = source.Width,
            SourceHeight = source.Height,
            ModelWidth = pass.OutputWidth,
            ModelHeight = pass.OutputHeight,
            OutputWidth = target.OutputWidth,
            OutputHeight = target.OutputHeight,
            PeakBytes = pass.PeakBytes,
            WeightBytes = model.WeightBytes,
            ColourFix = options.ColourFix ?? pipeline.DefaultColourFix,
            Strips = strips,
            PassPlans = [pass],
            Target = target,
        };
    }
}
