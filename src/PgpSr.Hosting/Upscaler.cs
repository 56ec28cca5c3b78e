using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.Hosting;

/// <summary>The registered service.</summary>
sealed class Upscaler : IUpscaler, IDisposable
{
    readonly IServiceProvider _services;
    readonly UpscalerOptions _options;
    readonly ILogger _logger;
    readonly UpscalerInstruments _instruments;
    readonly SemaphoreSlim _oneAtATime = new(1, 1);
    readonly SemaphoreSlim _loading = new(1, 1);
    readonly KeyValuePair<string, object?> _model;
    int _waiting;
    Backend? _backend;
    volatile SuperResolver? _resolver;
    volatile bool _disposed;
    volatile Exception? _loadFailure;

    public Upscaler(IServiceProvider services, UpscalerOptions options)
    {
        _services = services;
        _options = options;
        _logger = services.GetService<ILoggerFactory>()?.CreateLogger(typeof(IUpscaler).FullName!) ?? NullLogger.Instance;
        _instruments = new UpscalerInstruments(services.GetService<IMeterFactory>());
        _model = new("pgpsr.model", options.Model);
    }

    public async Task<ModelInfo> LoadAsync(CancellationToken cancellation) => (await ResolverAsync(cancellation).ConfigureAwait(false)).Model;

    // Behind nobody but the load.
    public async Task<UpscalePlan> PlanAsync(int width, int height, UpscaleOptions? options, CancellationToken cancellation)
    {
        var resolver = await ResolverAsync(cancellation).ConfigureAwait(false);
        return resolver.Plan(width, height, options ?? _options.Defaults);
    }

    // The header is read on a thread of the pool: a slow disk does not hold the caller.
    public async Task<UpscalePlan> PlanFileAsync(string source, UpscaleOptions? options, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        var resolver = await ResolverAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => resolver.PlanFile(source, options ?? _options.Defaults, _options.Output), cancellation).ConfigureAwait(false);
    }

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Why the last load failed; null where none did, or a later one worked.</summary>
    public Exception? LoadFailure => _loadFailure;

    /// <summary>The most runs that may wait; null for any number.</summary>
    public int? QueueLimit => _options.QueueLimit;

    public bool IsLoaded => _resolver is not null;

    public async Task<UpscaleResult> UpscaleStreamAsync(
        Stream source,
        Stream destination,
        UpscaleOptions? options,
        OutputOptions? output,
        IProgress<UpscaleProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        output ??= _options.Output;
        // Refused before the upload is read, where it is known already.
        if (_options.QueueLimit is { } limit && Waiting >= limit && _oneAtATime.CurrentCount == 0) throw Refused("stream", null);
        using var files = new StreamFiles();
        await files.ReadAsync(source, _options.MaxUploadBytes, cancellation).ConfigureAwait(false);
        output = output with { Format = output.Format ?? ImageFormat.Png };
        var result = await UpscaleFileAsync(files.Source, files.Result, options, output, progress, cancellation).ConfigureAwait(false);
        await files.WriteAsync(destination, cancellation).ConfigureAwait(false);
        return result;
    }

    public Task<Image> UpscaleAsync(Image source, UpscaleOptions? options, IProgress<UpscaleProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        return RunAsync($"{source.Width}x{source.Height}", (resolver, watch) =>
        {
            var result = resolver.Upscale(source, options ?? _options.Defaults, watch, cancellation);
            return (result, result.Width, result.Height);
        }, progress, cancellation);
    }

    public Task<UpscaleResult> UpscaleFileAsync(
        string source,
        string destination,
        UpscaleOptions? options,
        OutputOptions? output,
        IProgress<UpscaleProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return RunAsync(source, (resolver, watch) =>
        {
            var result = resolver.UpscaleFile(source, destination, options ?? _options.Defaults, output ?? _options.Output, watch, cancellation);
            return (result, result.Width, result.Height);
        }, progress, cancellation);
    }

    async Task<T> RunAsync<T>(
        string source,
        Func<SuperResolver, StageWatch, (T Result, int Width, int Height)> run,
        IProgress<UpscaleProgress>? progress,
        CancellationToken cancellation)
    {
        using var activity = UpscalerInstruments.Source.StartActivity("pgpsr.upscale");
        activity?.SetTag("pgpsr.model", _options.Model);
        activity?.SetTag("pgpsr.source", source);
        _instruments.Active.Add(1, _model);
        try
        {
            await WaitAsync(source, activity, cancellation).ConfigureAwait(false);
            try
            {
                return await RunAloneAsync(source, activity, run, progress, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
        finally
        {
            _instruments.Active.Add(-1, _model);
        }
    }

    // A run that is cancelled before its turn has come has waited, and has no duration.
    async Task WaitAsync(string source, Activity? activity, CancellationToken cancellation)
    {
        long asked = Stopwatch.GetTimestamp();
        // Whose turn it is at once does not wait.
        bool free = await _oneAtATime.WaitAsync(0, cancellation).ConfigureAwait(false);
        if (!free && Interlocked.Increment(ref _waiting) > (_options.QueueLimit ?? int.MaxValue))
        {
            Interlocked.Decrement(ref _waiting);
            throw Refused(source, activity);
        }
        try
        {
            if (!free) await _oneAtATime.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            double seconds = Stopwatch.GetElapsedTime(asked).TotalSeconds;
            _instruments.Wait.Record(seconds, _model, new("pgpsr.outcome", "cancelled"));
            activity?.SetTag("pgpsr.outcome", "cancelled");
            Log.Cancelled(_logger, source, seconds);
            throw;
        }
        finally
        {
            if (!free) Interlocked.Decrement(ref _waiting);
        }
        _instruments.Wait.Record(Stopwatch.GetElapsedTime(asked).TotalSeconds, _model);
    }

    UpscalerQueueFullException Refused(string source, Activity? activity)
    {
        int limit = _options.QueueLimit!.Value;
        activity?.SetTag("pgpsr.outcome", "refused");
        _instruments.Wait.Record(0, _model, new("pgpsr.outcome", "refused"));
        Log.Refused(_logger, source, limit);
        return new UpscalerQueueFullException(limit);
    }

    async Task<T> RunAloneAsync<T>(
        string source,
        Activity? activity,
        Func<SuperResolver, StageWatch, (T Result, int Width, int Height)> run,
        IProgress<UpscaleProgress>? progress,
        CancellationToken cancellation)
    {
        long begun = Stopwatch.GetTimestamp();
        try
        {
            var resolver = await ResolverAsync(cancellation).ConfigureAwait(false);
            Log.Begun(_logger, source, _options.Model);
            var watch = new StageWatch(progress, activity, _logger);
            // A run takes seconds to minutes: on a thread of its own it keeps none of the pool's from requests, of which one core has one.
            var (result, width, height) = await Task.Factory
                .StartNew(() => run(resolver, watch), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            double seconds = Ended(begun, "ok", null);
            _instruments.Pixels.Add((long)width * height, _model);
            _instruments.PeakMemory.Record(watch.PeakBytes, _model);
            activity?.SetTag("pgpsr.width", width).SetTag("pgpsr.height", height).SetTag("pgpsr.peak_bytes", watch.PeakBytes);
            Log.Finished(_logger, source, width, height, seconds, watch.PeakBytes);
            return result;
        }
        catch (OperationCanceledException)
        {
            activity?.SetTag("pgpsr.outcome", "cancelled");
            Log.Cancelled(_logger, source, Ended(begun, "cancelled", null));
            throw;
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            activity?.AddException(exception);
            Log.Failed(_logger, exception, source, Ended(begun, "failed", exception));
            throw;
        }
    }

    double Ended(long begun, string outcome, Exception? exception)
    {
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var tags = new TagList { _model, { "pgpsr.outcome", outcome } };
        if (exception is not null) tags.Add("error.type", exception.GetType().FullName);
        _instruments.Duration.Record(seconds, tags);
        return seconds;
    }

    async Task<SuperResolver> ResolverAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_resolver is { } loaded) return loaded;
        await _loading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _resolver ??= await LoadAloneAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    async Task<SuperResolver> LoadAloneAsync(CancellationToken cancellation)
    {
        using var activity = UpscalerInstruments.Source.StartActivity("pgpsr.load");
        activity?.SetTag("pgpsr.model", _options.Model);
        long begun = Stopwatch.GetTimestamp();
        try
        {
            var backend = _options.SharedBackend ?? (_backend ??= _options.Backend!(_services));
            var resolver = await Task.Run(() => SuperResolver.Load(_options.Model, backend, cancellation), cancellation).ConfigureAwait(false);
            _loadFailure = null;
            Log.Loaded(_logger, _options.Model, backend.Name, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            return resolver;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            _loadFailure = exception;
            Log.LoadFailed(_logger, exception, _options.Model);
            throw;
        }
    }

    // A run or a load that is under way ends first: its weights must not go from under it.
    public void Dispose()
    {
        if (_disposed) return;
        _oneAtATime.Wait();
        _loading.Wait();
        _disposed = true;
        _resolver?.Dispose();
        _backend?.Dispose();
        _instruments.Dispose();
        _loading.Release();
        _oneAtATime.Release();
    }
}
