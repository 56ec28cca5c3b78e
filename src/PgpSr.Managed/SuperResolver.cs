using PgpSr.Imaging;
using PgpSr.Tensors;

namespace PgpSr.Managed;

/// <summary>
/// A loaded model that enlarges pictures: load once, upscale many. Runs of one resolver are serialized, since each may take the whole memory budget; runs
/// of several on one backend go side by side; <see cref="Plan"/> never blocks. All members are thread-safe; a progress callback may call
/// <see cref="Plan"/>, but must not run or dispose its resolver.
/// </summary>
public sealed class SuperResolver : IDisposable
{
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
    /// <param name="model">Name of a model (<see cref="ModelCatalog.Names"/>), a file of a model, or a folder.</param>
    /// <param name="backend">Where it runs; not disposed with the resolver.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="Safetensors.SafetensorsException">The file is damaged.</exception>
    /// <exception cref="Models.ConfigException">The file is not a model of this library, or is one of a newer version.</exception>
    /// <exception cref="Models.WeightsException">Some tensors are missing, unexpected, misshapen or not finite; the exception lists them all.</exception>
    public static SuperResolver Load(string model, Backend backend, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(backend);
        return Load(model, backend, ModelOptions.Default, cancellation);
    }

    /// <summary>Loads a model with options.</summary>
    /// <param name="model">Name of a model (<see cref="ModelCatalog.Names"/>), a file of a model, or a folder.</param>
    /// <param name="backend">Where it runs; not disposed with the resolver.</param>
    /// <param name="options">Which parts of it to use, and how.</param>
    /// <param name="cancellation">Stops between two tensors.</param>
    /// <exception cref="ArgumentException">The model does not support one of the options.</exception>
    /// <inheritdoc cref="Load(string, Backend, CancellationToken)" path="/exception"/>
    public static SuperResolver Load(string model, Backend backend, ModelOptions options, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(options);
        // Not beside the weights that come.
        backend.Trim();
        return new SuperResolver(PipelineLoader.Load(model, backend, options, cancellation));
    }

    /// <summary>Computes what upscaling a picture of this size takes, without doing it.</summary>
    /// <param name="width">Columns of the source.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <exception cref="MemoryBudgetException">The run does not fit the memory budget; the message names the smallest sufficient budget.</exception>
    /// <exception cref="ArgumentException">The options contradict each other, or the model does not support one of them.</exception>
    public UpscalePlan Plan(int width, int height, UpscaleOptions? options = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return UpscalePlanner.Plan(_pipeline, new ImageInfo(width, height, 3, 8), options ?? UpscaleOptions.Default, output: null);
    }

    /// <summary>What <see cref="UpscaleFile"/> takes for a file, from its header alone.</summary>
    /// <param name="source">PNG, JPEG, TIFF, BMP, TGA or GIF.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <param name="output">How the result would be written; WebP, if its format says so, takes memory for the whole of it.</param>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    /// <exception cref="MemoryBudgetException">The run does not fit the memory budget; the message names the smallest sufficient budget.</exception>
    /// <exception cref="ArgumentException">The options contradict each other, or the model does not support one of them.</exception>
    public UpscalePlan PlanFile(string source, UpscaleOptions? options = null, OutputOptions? output = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentException.ThrowIfNullOrEmpty(source);
        using var reader = ImageReader.Open(source, output?.Limits);
        return UpscalePlanner.Plan(_pipeline, reader.Info, options ?? UpscaleOptions.Default, output ?? OutputOptions.Default);
    }

    /// <summary>Upscales a picture in memory.</summary>
    /// <param name="source">8 or 16 bit, gray or RGB, with or without alpha; the result has the same layout and metadata.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops the run within 100 ms and frees its memory.</param>
    /// <exception cref="MemoryBudgetException">The run does not fit the memory budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public Image Upscale(Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return InTurn(() => ToImage(source, options, progress, cancellation), cancellation);
    }

    /// <summary>As <see cref="Upscale"/>, on the thread pool; waiting for earlier runs holds no thread.</summary>
    /// <inheritdoc cref="Upscale"/>
    public async Task<Image> UpscaleAsync(
        Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return await InTurnAsync(() => ToImage(source, options, progress, cancellation), cancellation).ConfigureAwait(false);
    }

    Image ToImage(Image source, UpscaleOptions? options, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
    {
        options ??= UpscaleOptions.Default;
        var plan = UpscalePlanner.Plan(_pipeline, source.Info, options, output: null);
        var context = RunContext.Begin(_pipeline, options, plan, progress, Poison, cancellation);
        var result = new Image(source.Info with { Width = plan.OutputWidth, Height = plan.OutputHeight }, plan.Follow(source.Metadata));
        int filled = 0;
        UpscaleRun.Run(_pipeline, plan, source, rows =>
        {
            rows.CopyTo(result.Bytes[filled..]);
            filled += rows.Length;
        }, context);
        return result;
    }

    /// <summary>Upscales a file. The result is written to a temporary file and renamed, so the destination never holds half a picture.</summary>
    /// <param name="source">PNG, JPEG, TIFF, BMP, TGA or GIF.</param>
    /// <param name="destination">PNG, JPEG or TIFF.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <param name="output">How it is written.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops the run within 100 ms, frees its memory and deletes the unfinished file.</param>
    /// <exception cref="ImageException">The source cannot be read or the destination cannot be written.</exception>
    /// <exception cref="MemoryBudgetException">The run does not fit the memory budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
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
        return InTurn(() => ToFile(options, output, progress, cancellation).Files(source, destination), cancellation);
    }

    /// <summary>As <see cref="UpscaleFile"/>, on the thread pool; waiting for earlier runs holds no thread.</summary>
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
        return await InTurnAsync(() => ToFile(options, output, progress, cancellation).Files(source, destination), cancellation).ConfigureAwait(false);
    }

    /// <summary>Upscales a picture from one stream to another, with synchronous reads and writes; both stay open.</summary>
    /// <param name="source">Read from its position; buffered first if it cannot seek.</param>
    /// <param name="destination">A run that fails or is cancelled may leave part of a picture in it.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for the defaults.</param>
    /// <param name="output">How it is written; without a format, as PNG. TIFF needs a stream that can seek.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops the run within 100 ms and frees its memory.</param>
    /// <exception cref="ImageException">The source cannot be read or the destination cannot be written.</exception>
    /// <exception cref="MemoryBudgetException">The run does not fit the memory budget; nothing was computed.</exception>
    /// <exception cref="BrokenOutputException">The model produced an invalid image (NaN, infinity or a single value).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public UpscaleResult UpscaleStream(
        Stream source,
        Stream destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        return InTurn(() => ToFile(options, output, progress, cancellation).Streams(source, destination), cancellation);
    }

    /// <summary>
    /// As <see cref="UpscaleStream"/>, using asynchronous reads and writes only, as a web server's streams demand. The source is buffered in memory,
    /// still compressed, before the run waits for its turn. A slow destination delays the runs that follow; in a service, use
    /// <c>IUpscaler.UpscaleStreamAsync</c> of PgpSr.Hosting, which goes through temporary files.
    /// </summary>
    /// <inheritdoc cref="UpscaleStream"/>
    public async Task<UpscaleResult> UpscaleStreamAsync(
        Stream source,
        Stream destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        using var reader = await ImageReader.OpenAsync(source, output?.Limits, cancellation: cancellation).ConfigureAwait(false);
        return await InTurnAsync(() => ToFile(options, output, progress, cancellation).Streams(reader, destination), cancellation).ConfigureAwait(false);
    }

    FileRun ToFile(UpscaleOptions? options, OutputOptions? output, IProgress<UpscaleProgress>? progress, CancellationToken cancellation) =>
        new(_pipeline, options ?? UpscaleOptions.Default, output ?? OutputOptions.Default, progress, cancellation) { Poison = Poison };

    T InTurn<T>(Func<T> run, CancellationToken cancellation)
    {
        Enter(cancellation);
        try
        {
            return OnThisThread(run);
        }
        finally
        {
            Leave();
        }
    }

    async Task<T> InTurnAsync<T>(Func<T> run, CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => OnThisThread(run), cancellation).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    // The caller has entered.
    T OnThisThread<T>(Func<T> run)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _runner = Environment.CurrentManagedThreadId;
        try
        {
            return run();
        }
        finally
        {
            _runner = 0;
        }
    }

    void Enter(CancellationToken cancellation)
    {
        // It would wait for itself.
        if (_runner == Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("a progress callback may plan with its resolver, but must not run or dispose it");
        _oneAtATime.Wait(cancellation);
    }

    void Leave()
    {
        _runner = 0;
        _oneAtATime.Release();
    }

    /// <summary>Waits for the current run, then frees the weights; runs that are still waiting throw <see cref="ObjectDisposedException"/>.</summary>
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
