using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Hosting;

/// <summary>
/// A model shared by the whole application. It is loaded on first use and runs are serialized; waiting runs hold no thread. Runs are logged, traced
/// and counted (<see cref="PgpSrDiagnostics"/>).
/// </summary>
public interface IUpscaler
{
    /// <summary>Loads the model now, so that the first picture does not wait for it. After a failure the next call tries again.</summary>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="PgpSrException">The model's files are damaged or contradict one another.</exception>
    Task<ModelInfo> LoadAsync(CancellationToken cancellation = default);

    /// <summary>What upscaling a picture of this size would do and hold; see <see cref="SuperResolver.Plan"/>.</summary>
    /// <param name="width">Columns of the source.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="cancellation">Stops waiting for the model.</param>
    Task<UpscalePlan> PlanAsync(int width, int height, UpscaleOptions? options = null, CancellationToken cancellation = default);

    /// <summary>As <see cref="PlanAsync(int, int, UpscaleOptions?, CancellationToken)"/> for a file, from its header alone.</summary>
    /// <param name="source">The source file.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="cancellation">Stops waiting for the model.</param>
    Task<UpscalePlan> PlanFileAsync(string source, UpscaleOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Upscales a picture in memory; see <see cref="SuperResolver.Upscale"/>.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops waiting, or stops the run within 100 ms.</param>
    Task<Image> UpscaleAsync(
        Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Upscales a file to a file, which is never half written; see <see cref="SuperResolver.UpscaleFile"/>.</summary>
    /// <param name="source">The source file.</param>
    /// <param name="destination">The result file.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="output">How it is written; null for <see cref="UpscalerOptions.Output"/>.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops waiting, or stops the run within 100 ms.</param>
    Task<UpscaleResult> UpscaleFileAsync(
        string source,
        string destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default);

    /// <summary>
    /// Upscales a picture from one stream to another, such as an upload and its response. The source is read to a temporary file before the run waits
    /// for its turn, so a slow sender delays no other run; the result is sent once it is complete.
    /// </summary>
    /// <param name="source">The picture, from the stream's position to its end; at most <see cref="UpscalerOptions.MaxUploadBytes"/>.</param>
    /// <param name="destination">Receives the whole result, or nothing.</param>
    /// <param name="options">Size, seed, memory budget and so on; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="output">How it is written; null for <see cref="UpscalerOptions.Output"/>; without a format, PNG.</param>
    /// <param name="progress">Receives a report for every tile and step.</param>
    /// <param name="cancellation">Stops reading, waiting or writing, or stops the run within 100 ms.</param>
    /// <exception cref="UpscalerQueueFullException">Too many runs are waiting.</exception>
    /// <exception cref="UploadTooLargeException">The source is longer than <see cref="UpscalerOptions.MaxUploadBytes"/>.</exception>
    /// <exception cref="ImageException">The source is not a picture, or its format is not supported.</exception>
    Task<UpscaleResult> UpscaleStreamAsync(
        Stream source,
        Stream destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default);

    /// <summary>Number of runs that wait for their turn.</summary>
    int Waiting { get; }

    /// <summary>Whether the model is loaded; <see cref="LoadAsync"/> or the first use loads it.</summary>
    bool IsLoaded { get; }
}
