using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>Takes the next rows of a result as pixels; any number of whole rows.</summary>
delegate void PixelSink(ReadOnlySpan<byte> rows);

/// <summary>A planned run: alpha apart, pipeline, exact size, pixels.</summary>
static class UpscaleRun
{
    public static void Run(IPipeline pipeline, UpscalePlan plan, Image source, PixelSink sink, RunContext context)
    {
        var pass = plan.PassPlans[0];
        var info = source.Info with { Width = pass.OutputWidth, Height = pass.OutputHeight };
        pipeline.Run(pass, source, rows =>
        {
            byte[] pixels = new byte[rows.Length / (3 * info.Width) * info.RowLength];
            PixelConversion.FromInterleaved(rows, 3, PixelRange.MinusOneToOne, pipeline.Rounding, info, pixels);
            sink(pixels);
        }, context);
    }
}
