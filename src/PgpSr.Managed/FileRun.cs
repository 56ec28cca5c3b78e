using PgpSr.Imaging;

namespace PgpSr.Managed;

/// <summary>A run from a file, or a stream of one, to another: read, plan, upscale, write row by row.</summary>
/// <param name="pipeline">The model.</param>
/// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
/// <param name="output">How it is written.</param>
/// <param name="progress">Receives a report for every tile and step.</param>
/// <param name="cancellation">Stops it.</param>
sealed class FileRun(
    IPipeline pipeline, UpscaleOptions options, OutputOptions output, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
{
    const int WriteLength = 1 << 20;

    /// <summary>Fills activations with NaN when they are rented and returned; for tests.</summary>
    public bool Poison { get; init; }

    /// <summary>From a path to a path.</summary>
    public UpscaleResult Files(string source, string destination)
    {
        using var reader = ImageReader.Open(source, output.Limits, cancellation);
        var written = output with { Format = output.Format ?? ImageFormats.WrittenFormat(destination) };
        return Run(reader, written, (info, metadata) => ImageWriter.Create(destination, info, metadata, output.ToSaveOptions()), asynchronous: false);
    }

    /// <summary>From a stream to a stream; both stay open.</summary>
    public UpscaleResult Streams(Stream source, Stream destination)
    {
        using var reader = ImageReader.Open(source, output.Limits, cancellation: cancellation);
        return Run(reader, StreamOutput, (info, metadata) => ImageWriter.Create(destination, info, metadata, StreamOutput.ToSaveOptions()), asynchronous: false);
    }

    /// <summary>From what was gathered of a stream to one that is written asynchronously only, while the thread of the run waits for it.</summary>
    public UpscaleResult Streams(ImageReader source, Stream destination) =>
        Run(source, StreamOutput, (info, metadata) => ImageWriter.CreateAsynchronous(destination, info, metadata, StreamOutput.ToSaveOptions()), asynchronous: true);

    // A stream has no extension to tell the format.
    OutputOptions StreamOutput => output with { Format = output.Format ?? ImageFormat.Png };

    UpscaleResult Run(ImageReader reader, OutputOptions written, Func<ImageInfo, ImageMetadata, ImageWriter> create, bool asynchronous)
    {
        var plan = UpscalePlanner.Plan(pipeline, reader.Info, options, written);
        var context = RunContext.Begin(pipeline, options, plan, progress, Poison, cancellation);
        context.Report(UpscaleStage.Reading, 0, 1, 0, 1);
        var image = reader.ReadToEnd();
        // The destination may be the source itself.
        reader.Dispose();
        var metadata = output.Metadata ? plan.Follow(image.Metadata) : image.Metadata.WithoutMetadata();
        if (output.Provenance) Provenance.Add(metadata, pipeline.Model, options, plan, cancellation);
        using var writer = create(image.Info with { Width = plan.OutputWidth, Height = plan.OutputHeight }, metadata);
        if (!AlphaChannel.IsOpaque(image)) writer.ExpectTransparency();
        UpscaleRun.Run(pipeline, plan, image, rows => Write(writer, rows, asynchronous), context);
        context.Report(UpscaleStage.Writing, 0, 1, 0, 1);
        long encoding = plan.EncodingBytes + pipeline.Model.WeightBytes;
        context.Hold(encoding);
        if (asynchronous) writer.CompleteAsync(cancellation).GetAwaiter().GetResult();
        else writer.Complete();
        context.Hold(-encoding);
        context.ReportEnd();
        return new UpscaleResult(plan.OutputWidth, plan.OutputHeight, context.Elapsed, context.PeakBytes, plan)
        {
            Warnings = [.. plan.Warnings, .. image.Metadata.Warnings, .. metadata.Warnings],
        };
    }

    // An encoder may compress what it is given before it returns: little enough at once that a cancellation need not wait.
    void Write(ImageWriter writer, ReadOnlySpan<byte> rows, bool asynchronous)
    {
        int piece = Math.Max(1, WriteLength / writer.Info.RowLength) * writer.Info.RowLength;
        for (; !rows.IsEmpty; rows = rows[Math.Min(piece, rows.Length)..])
        {
            cancellation.ThrowIfCancellationRequested();
            var some = rows[..Math.Min(piece, rows.Length)];
            if (asynchronous) writer.WriteRowsAsync(some.ToArray(), cancellation).GetAwaiter().GetResult();
            else writer.WriteRows(some);
        }
    }
}
