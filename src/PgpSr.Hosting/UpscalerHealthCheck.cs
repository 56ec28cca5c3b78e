using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PgpSr.Hosting;

/// <summary>
/// Reports whether upscaling works: <c>builder.Services.AddHealthChecks().AddCheck&lt;UpscalerHealthCheck&gt;("pgpsr")</c>. Unhealthy while the model
/// cannot be loaded, degraded while the queue is full. It never waits for a run.
/// </summary>
/// <param name="upscaler">The registered one.</param>
public sealed class UpscalerHealthCheck(IUpscaler upscaler) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        int waiting = upscaler.Waiting;
        Dictionary<string, object> data = new() { ["waiting"] = waiting, ["loaded"] = upscaler.IsLoaded };
        var own = upscaler as Upscaler;
        if (own?.LoadFailure is { } failure)
        {
            HealthStatus status = context.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
            return Task.FromResult(new HealthCheckResult(status, "the model could not be loaded", failure, data));
        }
        if (own?.QueueLimit is { } limit && waiting >= limit && waiting > 0)
        {
            string full = string.Create(CultureInfo.InvariantCulture, $"the queue is full: {waiting} runs are waiting");
            return Task.FromResult(HealthCheckResult.Degraded(full, data: data));
        }
        string state = upscaler.IsLoaded ? "ready" : "ready; the model is loaded when it is first needed";
        return Task.FromResult(HealthCheckResult.Healthy(state, data));
    }
}
