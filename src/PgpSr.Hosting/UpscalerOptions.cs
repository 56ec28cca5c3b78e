using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.Hosting;

/// <summary>
/// What <see cref="PgpSrServiceCollectionExtensions.AddPgpSr(Microsoft.Extensions.DependencyInjection.IServiceCollection, Action{UpscalerOptions})"/>
/// registers.
/// </summary>
public sealed class UpscalerOptions
{
    /// <summary>Name of an embedded model, a file of a model, or a folder.</summary>
    public string Model { get; set; } = ModelCatalog.Default;

    /// <summary>
    /// Makes the backend, once, when the model is first needed: <c>_ => CpuBackend.Create()</c>. What it makes is disposed with the container. This or
    /// <see cref="SharedBackend"/> must be set.
    /// </summary>
    public Func<IServiceProvider, Backend>? Backend { get; set; }

    /// <summary>
    /// A backend that the application made and disposes itself, after the container; several upscalers may share one, and their runs go side by side.
    /// </summary>
    public Backend? SharedBackend { get; set; }

    /// <summary>Options of calls that give none: a memory budget for a server, for instance.</summary>
    public UpscaleOptions Defaults { get; set; } = UpscaleOptions.Default;

    /// <summary>How files are written by calls that do not say.</summary>
    public OutputOptions Output { get; set; } = OutputOptions.Default;

    /// <summary>
    /// The most runs that may wait for the one under way; one more ends at once in <see cref="UpscalerQueueFullException"/>. Null for no limit. A
    /// server that takes uploads needs one: every run that waits holds its picture.
    /// </summary>
    public int? QueueLimit { get; set; }

    /// <summary>
    /// The most bytes that <see cref="IUpscaler.UpscaleStreamAsync"/> reads of a picture; more ends in an <see cref="IOException"/>. 256 MiB by
    /// default.
    /// </summary>
    public long MaxUploadBytes { get; set; } = 256L << 20;
}
