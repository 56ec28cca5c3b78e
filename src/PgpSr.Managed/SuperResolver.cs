using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// A loaded model that makes pictures larger: load once, upscale many. Runs of one resolver are serialized, since each may take the whole memory budget;
/// runs of several on one backend go side by side; <see cref="Plan"/> never blocks. All members may be called from any thread, but not from within the
/// progress of a run of the same resolver.
/// </summary>
public sealed class SuperResolver : IDisposable
{
    const int WriteLength = 1 << 20;

    readonly IPipeline _pipeline;
    readonly SemaphoreSlim _oneAtATime = new(1, 1);
    volatile bool _disposed;
    volatile int _runner;

    internal SuperResolver(IPipeline pipeline) => _pipeline = pipeline;

    internal IPipeline Pipeline => _pipeline;

    /// <summary>Fills activations with NaN when they are rented and returned; for tests.</summary>
    internal bool Poison { get; init; }

    /// <summary>What is loaded.</summary>
    public ModelInfo Model => _pipeline.Model;

    /// <summary>Loads the default model.</summary>
    /// <param name="backend">Where it runs; not disposed with the resolver.</param>
    public static SuperResolver Load(Backend backend) => Load(ModelCatalog.Default, backend);

    /// <summary>Loads a model.</summary>
    /// <param name="model">Name of an embedded model (<see cref="ModelCatalog.Names"/>), a file of a model, or a folder.</param>
    /// <param name="backend">Where it runs; not disposed with the resolver.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="Safetensors.SafetensorsException">The file is damaged.</exception>
    /// <exception cref="Models.ConfigException">The file is no model of this library, or of a newer one.</exception>
    /// <exception cref="Models.WeightsException">Lists every missing, unexpected, misshapen or non-finite tensor.</exception>
    public static SuperResolver Load(string model, Backend backend, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(backend);
        return Load(model, backend, ModelOptions.Default, cancellation);
    }

    /// <summary>Loads a model with options.</summary>
    /// <param name="model">Name of an embedded model (<see cref="ModelCatalog.Names"/>), a file of a model, or a folder.</param>
    /// <param name="backend">Where it runs; not disposed with the resolver.</param>
    /// <param name="options">What is chosen of it.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ArgumentException">An option that the model does not have.</exception>
    /// <inheritdoc cref="Load(string, Backend, CancellationToken)"/>
    public static SuperResolver Load(string model, Backend backend, ModelOptions options, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(options);
        return new SuperResolver(PipelineLoader.Load(model, backend, options, cancellation));
    }

    /// <summary>What upscaling a picture of this size would do and hold, without doing it.</summary>
    /// <param name="width">Columns of the source.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="options">What is wanted.</param>
    /// <exception cref="MemoryBudgetException">It does not fit the budget; names the smallest that would do.</exception>
    /// <exception cref="ArgumentException">Options that contradict one another or that the model does not have.</exception>
    public UpscalePlan Plan(int width, int height, UpscaleOptions? options = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return UpscalePlanner.Plan(_pipeline, new ImageInfo(width, height, 3, 8), options ?? UpscaleOptions.Default, strips: false);
    }

    /// <summary>What <see cref="UpscaleFile"/> would do and hold for a file, from its header alone.</summary>
    /// <param name="source">PNG, JPEG, TIFF, BMP, TGA or GIF.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="output">How it would be written.</param>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    /// <exception cref="MemoryBudgetException">It does not fit the budget; names the smallest that would do.</exception>
    /// <exception cref="ArgumentException">Options that contradict one another or that the model does not have.</exception>
    public UpscalePlan PlanFile(string source, UpscaleOptions? options = null, OutputOptions? output = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentException.ThrowIfNullOrEmpty(source);
        using var reader = ImageReader.Open(source, output?.Limits);
        return UpscalePlanner.Plan(_pipeline, reader.Info, options ?? UpscaleOptions.Default, strips: true);
    }

    /// <summary>Upscales a picture in memory.</summary>
    /// <param name="source">8 or 16 bit, gray or RGB, with or without alpha; the result has the same layout and metadata.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="progress">Told of every tile and step.</param>
    /// <param name="cancellation">Stops within 100 ms; all memory is given back.</param>
    /// <exception cref="MemoryBudgetException">It does not fit the budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Image Upscale(Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Enter(cancellation);
        try
        {
            return Run(source, options, progress, cancellation);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="Upscale"/>, on a thread of the pool; none is held while runs before it are under way.</summary>
    /// <inheritdoc cref="Upscale"/>
    public async Task<Image> UpscaleAsync(
        Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Run(source, options, progress, cancellation), cancellation).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    // The caller has entered.
    Image Run(Image source, UpscaleOptions? options, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
    {
        Begin();
        try
        {
            var plan = UpscalePlanner.Plan(_pipeline, source.Info, options ?? UpscaleOptions.Default, strips: false);
            var context = new RunContext(progress, plan.MultiplyAdds, cancellation) { Poison = Poison };
            var result = new Image(source.Info with { Width = plan.OutputWidth, Height = plan.OutputHeight }, Follow(source.Metadata, plan));
            int filled = 0;
            UpscaleRun.Run(_pipeline, plan, source, rows =>
            {
                rows.CopyTo(result.Bytes[filled..]);
                filled += rows.Length;
            }, context);
            return result;
        }
        finally
        {
            _runner = 0;
        }
    }

    /// <summary>Upscales a file to a file, which is written beside its place and renamed: the destination never holds half a picture.</summary>
    /// <param name="source">PNG, JPEG, TIFF, BMP, TGA or GIF.</param>
    /// <param name="destination">PNG, JPEG or TIFF.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="output">How it is written.</param>
    /// <param name="progress">Told of every tile and step.</param>
    /// <param name="cancellation">Stops within 100 ms; all memory is given back and nothing is left of the file.</param>
    /// <exception cref="ImageException">The source cannot be read or the destination cannot be written.</exception>
    /// <exception cref="MemoryBudgetException">It does not fit the budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public UpscaleResult UpscaleFile(
        string source,
        string destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        Enter(cancellation);
        try
        {
            return RunFile(source, destination, options ?? UpscaleOptions.Default, output ?? OutputOptions.Default, progress, cancellation);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="UpscaleFile"/>, on a thread of the pool; none is held while runs before it are under way.</summary>
    /// <inheritdoc cref="UpscaleFile"/>
    public async Task<UpscaleResult> UpscaleFileAsync(
        string source,
        string destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(
                () => RunFile(source, destination, options ?? UpscaleOptions.Default, output ?? OutputOptions.Default, progress, cancellation),
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    // The caller has entered.
    UpscaleResult RunFile(
        string source, string destination, UpscaleOptions options, OutputOptions output, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
    {
        Begin();
        try
        {
            using var reader = ImageReader.Open(source, output.Limits, cancellation);
            var plan = UpscalePlanner.Plan(_pipeline, reader.Info, options, strips: true);
            var context = new RunContext(progress, plan.MultiplyAdds, cancellation) { Poison = Poison };
            context.Report(UpscaleStage.Reading, 0, 1, 0, 1);
            var image = reader.ReadToEnd();
            // The destination may be the source itself.
            reader.Dispose();
            var metadata = output.Metadata ? Follow(image.Metadata, plan) : image.Metadata.WithoutMetadata();
            if (output.Provenance) Provenance.Add(metadata, Model, options, plan, cancellation);
            using var writer = ImageWriter.Create(destination, image.Info with { Width = plan.OutputWidth, Height = plan.OutputHeight }, metadata, output.ToSaveOptions());
            if (!AlphaChannel.IsOpaque(image)) writer.ExpectTransparency();
            UpscaleRun.Run(_pipeline, plan, image, rows => Write(writer, rows, context), context);
            context.Report(UpscaleStage.Writing, 0, 1, 0, 1);
            writer.Complete();
            context.ReportEnd();
            return new UpscaleResult(plan.OutputWidth, plan.OutputHeight, context.Elapsed, context.PeakBytes, plan)
            {
                Warnings = [.. plan.Warnings, .. image.Metadata.Warnings, .. metadata.Warnings],
            };
        }
        finally
        {
            _runner = 0;
        }
    }

    // What counts pixels follows to the size resized to, and then to the part that is kept.
    static ImageMetadata Follow(ImageMetadata metadata, UpscalePlan plan)
    {
        var target = plan.Target;
        metadata = metadata.Resized(plan.SourceWidth, plan.SourceHeight, target.Width, target.Height);
        return metadata.Cut(target.Width, target.Height, target.Left, target.Top, target.OutputWidth, target.OutputHeight);
    }

    // An encoder may compress what it is given before it returns: little enough at once that a cancellation need not wait.
    static void Write(ImageWriter writer, ReadOnlySpan<byte> rows, RunContext context)
    {
        int piece = Math.Max(1, WriteLength / writer.Info.RowLength) * writer.Info.RowLength;
        for (; !rows.IsEmpty; rows = rows[Math.Min(piece, rows.Length)..])
        {
            context.Cancellation.ThrowIfCancellationRequested();
            writer.WriteRows(rows[..Math.Min(piece, rows.Length)]);
        }
    }

    void Enter(CancellationToken cancellation)
    {
        // It would wait for itself.
        if (_runner == Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("the progress of a run can plan with its resolver, but neither run nor dispose it");
        _oneAtATime.Wait(cancellation);
    }

    // On the thread that runs.
    void Begin()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _runner = Environment.CurrentManagedThreadId;
    }

    void Leave()
    {
        _runner = 0;
        _oneAtATime.Release();
    }

    /// <summary>Gives the weights back, after the run that is under way; runs that wait find the resolver disposed.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        Enter(CancellationToken.None);
        // Nobody else may have been faster.
        if (!_disposed) _pipeline.Dispose();
        _disposed = true;
        Leave();
    }
}
