using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace PgpSr.Hosting;

/// <summary>Registration.</summary>
public static class PgpSrServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IUpscaler"/> as a singleton.</summary>
    /// <param name="services">The container's services.</param>
    /// <param name="configure">Must set <see cref="UpscalerOptions.Backend"/> or <see cref="UpscalerOptions.SharedBackend"/>.</param>
    /// <exception cref="ArgumentException">No backend was set, or two.</exception>
    public static IServiceCollection AddPgpSr(this IServiceCollection services, Action<UpscalerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = Configured(configure);
        return services.AddSingleton<IUpscaler>(provider => new Upscaler(provider, options));
    }

    /// <summary>Registers <see cref="IUpscaler"/> as a singleton under a key, for applications with several models.</summary>
    /// <param name="services">The container's services.</param>
    /// <param name="key">What <see cref="FromKeyedServicesAttribute"/> names.</param>
    /// <param name="configure">Must set <see cref="UpscalerOptions.Backend"/> or <see cref="UpscalerOptions.SharedBackend"/>.</param>
    /// <exception cref="ArgumentException">No backend was set, or two.</exception>
    public static IServiceCollection AddPgpSr(this IServiceCollection services, object key, Action<UpscalerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        var options = Configured(configure);
        return services.AddKeyedSingleton<IUpscaler>(key, (provider, _) => new Upscaler(provider, options));
    }

    /// <summary>
    /// Registers <see cref="IUpscaler"/> as a singleton with values of a configuration section: <c>Model</c>, <c>QueueLimit</c>,
    /// <c>MaxUploadBytes</c>, and of the defaults <c>Scale</c>, <c>Steps</c>, <c>Seed</c>, <c>Tile</c> and <c>MemoryBudget</c> (bytes, or 700MB, 2GB).
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="section">For example <c>builder.Configuration.GetSection("PgpSr")</c>.</param>
    /// <param name="configure">Sets the backend and other options in code; called after the section was read.</param>
    /// <exception cref="ArgumentException">
    /// No backend was set, or two; or the section has an unknown setting or a value that cannot be read.
    /// </exception>
    public static IServiceCollection AddPgpSr(this IServiceCollection services, IConfiguration section, Action<UpscalerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        var options = Configured(configure, section);
        return services.AddSingleton<IUpscaler>(provider => new Upscaler(provider, options));
    }

    static UpscalerOptions Configured(Action<UpscalerOptions> configure, IConfiguration? section = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new UpscalerOptions();
        if (section is not null) UpscalerConfiguration.Read(section, options);
        configure(options);
        if (options.QueueLimit is < 0) throw new ArgumentException($"sets QueueLimit to {options.QueueLimit}; expected 0 or more", nameof(configure));
        if (options.Backend is null && options.SharedBackend is null)
            throw new ArgumentException(
                "sets no backend; for the processor: options.Backend = _ => CpuBackend.Create() (package PgpSr.Cpu)", nameof(configure));
        if (options.Backend is not null && options.SharedBackend is not null)
            throw new ArgumentException("sets Backend and SharedBackend; set one", nameof(configure));
        return options;
    }
}
