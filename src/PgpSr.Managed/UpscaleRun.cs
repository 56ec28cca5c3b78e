using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>
/// A planned run: alpha apart > one or two passes through the model > color fix > pixels > exact size > alpha joined > sink. Everything after the model works on rows
/// as they come, over the whole picture and never tile by tile.
/// </summary>
static class UpscaleRun
{
    // Between two passes: whatever the source has, rounding to 8 bits in the middle would show.
    const int MiddleBitDepth = 16;

    // For a source that is too small for the model, to its size and back: Pillow's, which PyTorch calls antialiased.
    const ResizeFilter Published = ResizeFilter.Bicubic;

    /// <summary>Layout of what one pass hands to the next.</summary>
    public static ImageInfo Middle(ImageInfo source, PipelinePlan pass) => new(pass.OutputWidth, pass.OutputHeight, source.ColorChannels, MiddleBitDepth);

    public static void Run(IPipeline pipeline, UpscalePlan plan, Image source, PixelSink sink, RunContext context)
    {
        // Weights that come and go are counted by their pipeline.
        long held = plan.HeldBytes + pipeline.Model.WeightBytes;
        context.Hold(held);
        try
        {
            context.Report(UpscaleStage.Restoring, 0, plan.PassPlans[0].Stages.Sum(stage => stage.Tiles), 0, plan.Steps);
            var (color, alpha) = AlphaChannel.Split(source, context.Cancellation);
            // Before everything else, so that colors are those of what the model saw.
            if (plan.EnlargesFirst) color = Resizer.Resize(color, plan.InputWidth, plan.InputHeight, Published);
            var input = color;
            foreach (var pass in plan.PassPlans[..^1])
            {
                var middle = new Image(Middle(source.Info, pass));
                int filled = 0;
                var pixels = new PixelRows(middle.Info, PixelRounding.Nearest, rows =>
                {
                    rows.CopyTo(middle.Bytes[filled..]);
                    filled += rows.Length;
                });
                pipeline.Run(pass, input, pixels.Write, context);
                input = middle;
            }
            pipeline.Run(plan.PassPlans[^1], input, Finish(pipeline, plan, color, alpha, source.Info, sink, context), context);
        }
        finally
        {
            context.Hold(-held);
        }
    }

    // From the end to the beginning: each stage is made with the one that follows.
    static RowSink Finish(IPipeline pipeline, UpscalePlan plan, Image color, Image? alpha, ImageInfo source, PixelSink sink, RunContext context)
    {
        var output = source with { Width = plan.OutputWidth, Height = plan.OutputHeight };
        var model = output with { Width = plan.ModelWidth, Height = plan.ModelHeight, Channels = source.ColorChannels };
        if (source.HasAlpha) sink = new AlphaRows(alpha, output, plan.Target, sink).Write;
        if (plan.Resizes) sink = new ResizedRows(model, plan.Target, plan.EnlargesFirst ? Published : ResizedRows.Sharpest, sink).Write;
        RowSink rows = new PixelRows(model, pipeline.Rounding, sink).Write;
        var reference = new EnlargedReference(color, model.Width, model.Height, pipeline.Enlargement);
        return plan.ColorFix switch
        {
            ColorFixMethod.AdaIn => new AdaInRows(reference, pipeline.ColorsOfSource ? color : null, rows, context.Cancellation).Write,
            ColorFixMethod.Wavelet => new WaveletRows(reference, rows).Write,
            _ => rows,
        };
    }
}
