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
    /// <exception cref="IOException">Its files are damaged, or contradict one another.</exception>
    Task<ModelInfo> LoadAsync(CancellationToken cancellation = default);

    /// <summary>What upscaling a picture of this size would do and hold; see <see cref="SuperResolver.Plan"/>.</summary>
    /// <param name="width">Columns of the source.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="options">What is wanted; null for <see cref="UpscalerOptions.Defaults"/>.</param>
    /// <param name="cancellation">Stops waiting for the model.</param>
    Task<UpscalePlan> PlanAsync(int width, int height, UpscaleOptions? options = null, CancellationToken cancellation = default);

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
}
