using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.Hosting;

/// <summary>
/// What <see cref="PgpSrServiceCollectionExtensions.AddPgpSr(Microsoft.Extensions.DependencyInjection.IServiceCollection, Action{UpscalerOptions})"/>
/// registers.
/// </summary>
public sealed class UpscalerOptions
{
    /// <summary>Name of a model (<see cref="ModelCatalog.Names"/>), a file of a model, or a folder.</summary>
    public string Model { get; set; } = ModelCatalog.Default;

    /// <summary>
    /// Creates the backend on first use, once: <c>_ => CpuBackend.Create()</c>. The backend is disposed with the container. Either this or
    /// <see cref="SharedBackend"/> must be set.
    /// </summary>
    public Func<IServiceProvider, Backend>? Backend { get; set; }

    /// <summary>
    /// A backend that the application creates, and disposes after the container. Several upscalers may share one; their runs go side by side.
    /// </summary>
    public Backend? SharedBackend { get; set; }

    /// <summary>Options for calls that pass none, such as a memory budget.</summary>
    public UpscaleOptions Defaults { get; set; } = UpscaleOptions.Default;

    /// <summary>Output options for calls that pass none.</summary>
    public OutputOptions Output { get; set; } = OutputOptions.Default;

    /// <summary>
    /// The most runs that may wait for the current one; a further run throws <see cref="UpscalerQueueFullException"/> at once. Null for no limit. A
    /// server that takes uploads should set one, since every waiting run keeps its picture.
    /// </summary>
    public int? QueueLimit { get; set; }

    /// <summary>
    /// The largest picture that <see cref="IUpscaler.UpscaleStreamAsync"/> reads, in bytes; a larger one throws an
    /// <see cref="UploadTooLargeException"/>. 256 MiB by default.
    /// </summary>
    public long MaxUploadBytes { get; set; } = 256L << 20;
}
