using System.Diagnostics;
using System.Globalization;
using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>Pictures through one resolver, one after the other: a bad one is noted and the rest goes on; cancellation ends all.</summary>
sealed class PictureBatch(
    CommandConsole console, SuperResolver resolver, UpscaleOptions options, OutputOptions output, CancellationToken cancellation)
{
    // Enough to judge by and a second's work with a small model.
    const int PreviewSide = 256;

    /// <summary>Whether only the middle of each picture is done.</summary>
    public bool Preview { get; init; }

    /// <summary>Whether results that are there are left alone.</summary>
    public bool SkipExisting { get; init; }

    /// <summary>Whether results that are there are replaced.</summary>
    public bool Replaces { get; init; }

    /// <summary>Files of the folders and patterns that are no inputs, for the report.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Does them all.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the picture in work left nothing.</exception>
    public BatchReport Run(IReadOnlyList<BatchItem> items)
    {
        using var pipes = new PipeCopies(console.OpenInput);
        items = pipes.Of(items, cancellation);
        var report = new BatchReport { LeftOut = LeftOut };
        // A refused pipe is not read again: nobody may be writing to it.
        var sizes = items.Select(item => item.Refusal is not null || (SkipExisting && File.Exists(item.Destination)) ? null : Size(item.Read)).ToArray();
        var progress = new BatchProgress(console, items.Count, sizes.Sum(size => size is { } s ? (double)s.Width * s.Height : 0));
        console.Json("start", w =>
        {
            w.WriteNumber("files", items.Count);
            w.WriteString("model", resolver.Model.Name);
            w.WriteString("model-sha256", resolver.Model.Sha256);
            w.WriteString("version", CommandEnvironment.Version);
        });
        try
        {
            for (int i = 0; i < items.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                RunOne(items[i], i, sizes[i], progress, report);
            }
        }
        catch (OperationCanceledException) when (items.Count > 1)
        {
            int left = items.Count - report.Done - report.Skipped - report.Failures.Count;
            // After --force that would keep the older results of the rest.
            console.Info($"{report.Done} done, {left} not{(Replaces ? "" : "; to continue, repeat the command with --skip-existing")}");
            throw;
        }
        finally
        {
            progress.Close();
        }
        report.Show(console, progress.Elapsed);
        return report;
    }

    /// <summary>Says what each picture would take, without doing it.</summary>
    /// <param name="items">The pictures.</param>
    /// <param name="speed">What the times come from; null for none.</param>
    public BatchReport Plan(IReadOnlyList<BatchItem> items, SpeedEstimate? speed)
    {
        using var pipes = new PipeCopies(console.OpenInput);
        var report = new BatchReport { LeftOut = LeftOut };
        double total = 0;
        foreach (BatchItem item in pipes.Of(items, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Skipped(item, report))
            {
                console.Line($"{item.Source} -> {item.Destination} (exists)");
                continue;
            }
            try
            {
                RefuseSecond(item);
                UpscalePlan plan = PlanOf(item, out _);
                double? seconds = speed?.Seconds(plan);
                console.Line($"{item.Source} -> {item.Destination}");
                foreach (string line in plan.ToString().Split('\n')) console.Line($"  {line.TrimEnd('\r')}");
                if (speed is { } s)
                {
                    console.Line($"  {s.Text(s.Seconds(plan))}");
                    total += s.Seconds(plan);
                }
                WritePlan(item, plan, seconds);
                report.Done++;
            }
            catch (Exception e) when (e is not OperationCanceledException) // the other pictures can still be planned
            {
                Fail(item, FailureOf(e, item), report);
            }
        }
        if (items.Count > 1 && speed is { } estimate) console.Line($"{items.Count} pictures, {estimate.Text(total)}");
        report.ShowLeftOut(console);
        report.WriteEnd(console, TimeSpan.Zero);
        return report;
    }

    // What will be done: the middle alone for a preview.
    UpscalePlan PlanOf(BatchItem item, out UpscaleOptions used)
    {
        UpscalePlan plan = resolver.PlanFile(item.Read, options, output with { Format = output.Format ?? ImageFormats.WrittenFormat(item.Destination) });
        WarnOfShrinking(item, plan);
        foreach (string warning in plan.Warnings) console.Warning($"{item.Source}: {warning}");
        used = options;
        if (!Preview) return plan;
        used = options with { Width = null, Height = null, Scale = (double)plan.OutputWidth / plan.SourceWidth };
        return resolver.Plan(Math.Min(plan.SourceWidth, PreviewSide), Math.Min(plan.SourceHeight, PreviewSide), used);
    }

    void RunOne(BatchItem item, int index, ImageInfo? size, BatchProgress progress, BatchReport report)
    {
        if (Skipped(item, report)) return;
        double pixels = size is { } s ? (double)s.Width * s.Height : 0;
        bool worked = false;
        try
        {
            RefuseSecond(item);
            UpscalePlan plan = PlanOf(item, out UpscaleOptions used);
            progress.Begin(item.Source, index, pixels, (double)plan.OutputWidth * plan.OutputHeight);
            WritePlan(item, plan, null);
            using var destination = new ResultFile(item, output, console.OpenOutput);
            UpscaleResult result = Preview
                ? RunMiddle(item, destination, plan, used, progress)
                : resolver.UpscaleFile(item.Read, destination.Path, options, destination.Output, progress, cancellation);
            destination.Complete();
            worked = true;
            report.Done++;
            foreach (string warning in result.Warnings.Except(plan.Warnings)) console.Warning($"{item.Source}: {warning}");
            string seconds = result.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            console.Info($"{item.Destination}  {result.Width}x{result.Height}  {seconds} s  {ByteSize.Format(result.PeakBytes)}");
            console.Json("file", w =>
            {
                WriteItem(w, item, "done");
                w.WriteNumber("width", result.Width);
                w.WriteNumber("height", result.Height);
                w.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
                w.WriteNumber("peak-memory", result.PeakBytes);
            });
        }
        catch (Exception e) when (e is not OperationCanceledException) // one bad picture does not end a batch
        {
            Fail(item, FailureOf(e, item), report);
        }
        finally
        {
            progress.End(worked);
        }
    }

    bool Skipped(BatchItem item, BatchReport report)
    {
        if (item.Refusal is not null || !SkipExisting || !File.Exists(item.Destination)) return false;
        report.Skipped++;
        console.Json("file", w => WriteItem(w, item, "skipped"));
        return true;
    }

    // Minutes of work for what a second of plain resizing gives: mostly a number mistyped, or a picture that is large already.
    void WarnOfShrinking(BatchItem item, UpscalePlan plan)
    {
        if (plan.OutputWidth >= plan.SourceWidth || plan.OutputHeight >= plan.SourceHeight) return;
        console.Warning($"{item.Source} has {plan.SourceWidth}x{plan.SourceHeight} pixels, more than the {plan.OutputWidth}x{plan.OutputHeight} "
            + "requested: it is enlarged and then reduced; plain resizing would do");
    }

    UpscaleResult RunMiddle(BatchItem item, ResultFile destination, UpscalePlan plan, UpscaleOptions same, BatchProgress progress)
    {
        Image source = PictureFiles.Load(item.Read, output.Limits, cancellation);
        Image middle = MiddleCrop.Of(source, plan.SourceWidth, plan.SourceHeight);
        long before = Stopwatch.GetTimestamp();
        Image result = resolver.Upscale(middle, same, progress, cancellation);
        var save = new ImageSaveOptions
        {
            Format = destination.Output.Format,
            JpegQuality = output.Quality,
            Lossless = output.Lossless,
            Background = output.Background,
            WriteMetadata = output.Metadata,
        };
        result.Save(destination.Path, save);
        return new UpscaleResult(result.Width, result.Height, Stopwatch.GetElapsedTime(before), plan.PeakBytes, plan)
        {
            Warnings = [.. source.Metadata.Warnings, .. result.Metadata.Warnings],
        };
    }

    void Fail(BatchItem item, Failure failure, BatchReport report)
    {
        report.Add(item.Source, failure);
        console.Error(failure.About(item.Source));
        console.Json("file", w =>
        {
            WriteItem(w, item, "failed");
            w.WriteString("message", failure.Message);
            w.WriteNumber("exit-code", (int)failure.Code);
        });
    }

    void WritePlan(BatchItem item, UpscalePlan plan, double? seconds) => console.Json("plan", w =>
    {
        WriteItem(w, item, null);
        w.WriteNumber("source-width", plan.SourceWidth);
        w.WriteNumber("source-height", plan.SourceHeight);
        w.WriteNumber("width", plan.OutputWidth);
        w.WriteNumber("height", plan.OutputHeight);
        w.WriteNumber("memory", plan.PeakBytes);
        w.WriteNumber("multiply-adds", plan.MultiplyAdds);
        w.WriteNumber("tiles", plan.Tiles);
        w.WriteNumber("steps", plan.Steps);
        w.WriteBoolean("strips", plan.Strips);
        if (seconds is { } time) w.WriteNumber("seconds", Math.Round(time, 3));
    });

    static void RefuseSecond(BatchItem item)
    {
        if (item.Refusal is not null) Throw.Output($"{item.Source}: {item.Refusal}");
    }

    // An ImageException names the file it is about: the result, or else the source, by the name that the user gave it.
    static Failure FailureOf(Exception e, BatchItem item)
    {
        if (e is ImageException image && image.File == item.Destination) return new(ExitCode.Output, image.Message);
        Failure failure = Failure.Of(e);
        return failure with { Message = failure.Message.Replace(item.Read, item.Source, StringComparison.Ordinal) };
    }

    ImageInfo Header(string path)
    {
        using ImageReader reader = ImageReader.Open(path, output.Limits, cancellation);
        return reader.Info;
    }

    // Null for a picture that cannot be read; it fails by name when its turn comes.
    ImageInfo? Size(string path)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return Header(path);
        }
        catch (ImageException)
        {
            return null;
        }
    }

    static void WriteItem(System.Text.Json.Utf8JsonWriter w, BatchItem item, string? status)
    {
        w.WriteString("source", item.Source);
        w.WriteString("destination", item.Destination);
        if (status is not null) w.WriteString("status", status);
    }
}
