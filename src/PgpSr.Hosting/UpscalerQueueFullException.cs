namespace PgpSr.Hosting;

/// <summary>
/// As many runs wait as <see cref="UpscalerOptions.QueueLimit"/> allows: nothing was begun, and the caller may try later (HTTP 503).
/// </summary>
/// <param name="limit">The limit.</param>
public sealed class UpscalerQueueFullException(int limit)
    : PgpSrException($"{limit} runs are waiting already, the most that QueueLimit allows; try again later, or raise the limit")
{
    /// <summary>The most runs that may wait.</summary>
    public int Limit { get; } = limit;
}
