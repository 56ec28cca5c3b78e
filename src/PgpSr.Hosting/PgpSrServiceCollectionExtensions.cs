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

    static UpscalerOptions Configured(Action<UpscalerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new UpscalerOptions();
        configure(options);
        if (options.Backend is null && options.SharedBackend is null)
            throw new ArgumentException(
                "sets no backend; for the processor: options.Backend = _ => CpuBackend.Create() (package PgpSr.Cpu)", nameof(configure));
        if (options.Backend is not null && options.SharedBackend is not null)
            throw new ArgumentException("sets Backend and SharedBackend; set one", nameof(configure));
        return options;
    }
}
