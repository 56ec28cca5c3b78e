using PgpSr.Imaging;
using PgpSr.Managed;

namespace PgpSr.Hosting;

/// <summary>
/// A model of an application, shared by all who ask for it: loaded when it is first needed, one run at a time, the others wait without a thread. Runs
/// are logged, traced and counted (<see cref="PgpSrDiagnostics"/>).
/// </summary>
public interface IUpscaler
{
    /// <summary>Loads the model now, so that the first picture does not wait for it. A load that failed is tried again by the next call.</summary>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="PgpSrException">Its files are damaged, or contradict one another.</exception>
    Task<ModelInfo> LoadAsync(CancellationToken cancellation = default);

    /// <summary>What upscaling a picture of this size would do and hold; see <see cref="SuperResolver.Plan"/>.</summary>
    /// <param name="width">Columns of the source.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="cancellation">Stops waiting for the model.</param>
    Task<UpscalePlan> PlanAsync(int width, int height, UpscaleOptions? options = null, CancellationToken cancellation = default);

    /// <summary>As <see cref="PlanAsync(int, int, UpscaleOptions?, CancellationToken)"/> for a file, from its header alone.</summary>
    /// <param name="source">The source file.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="cancellation">Stops waiting for the model.</param>
    Task<UpscalePlan> PlanFileAsync(string source, UpscaleOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Upscales a picture in memory; see <see cref="SuperResolver.Upscale"/>.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="progress">Told of every tile and step.</param>
    /// <param name="cancellation">Stops waiting, or the run within 100 ms.</param>
    Task<Image> UpscaleAsync(
        Image source, UpscaleOptions? options = null, IProgress<UpscaleProgress>? progress = null, CancellationToken cancellation = default);

    /// <summary>Upscales a file to a file, which is never half written; see <see cref="SuperResolver.UpscaleFile"/>.</summary>
    /// <param name="source">The source file.</param>
    /// <param name="destination">The result file.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="output">How it is written; null for <see cref="UpscalerOptions.Output"/>.</param>
    /// <param name="progress">Told of every tile and step.</param>
    /// <param name="cancellation">Stops waiting, or the run within 100 ms.</param>
    Task<UpscaleResult> UpscaleFileAsync(
        string source,
        string destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default);

    /// <summary>
    /// Upscales a picture that comes and goes by streams, such as an upload and its answer. It is read to a temporary file before it waits for its
    /// turn, so that slow senders hold up nobody, and written when the result is whole.
    /// </summary>
    /// <param name="source">The picture, from where the stream is to its end; at most <see cref="UpscalerOptions.MaxUploadBytes"/>.</param>
    /// <param name="destination">Gets the whole result, or nothing.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="output">How it is written; null for <see cref="UpscalerOptions.Output"/>; without a format, PNG.</param>
    /// <param name="progress">Told of every tile and step.</param>
    /// <param name="cancellation">Stops reading, waiting, writing, or the run within 100 ms.</param>
    /// <exception cref="UpscalerQueueFullException">Too many runs wait already.</exception>
    /// <exception cref="ImageException">The source is no picture that is read.</exception>
    /// <exception cref="IOException">The source is longer than allowed.</exception>
    Task<UpscaleResult> UpscaleStreamAsync(
        Stream source,
        Stream destination,
        UpscaleOptions? options = null,
        OutputOptions? output = null,
        IProgress<UpscaleProgress>? progress = null,
        CancellationToken cancellation = default);

    /// <summary>Runs that wait for their turn, for a page that says how busy the service is.</summary>
    int Waiting { get; }

    /// <summary>Whether the model is loaded; it is loaded when it is first needed, or by <see cref="LoadAsync"/>.</summary>
    bool IsLoaded { get; }
}
