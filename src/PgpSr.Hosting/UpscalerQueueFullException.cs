namespace PgpSr.Hosting;

/// <summary>
/// As many runs are waiting as <see cref="UpscalerOptions.QueueLimit"/> allows. Nothing was started; the caller may try again later (HTTP 503).
/// </summary>
/// <param name="limit">The limit.</param>
public sealed class UpscalerQueueFullException(int limit)
    : PgpSrException($"{limit} runs are waiting already, the most that QueueLimit allows; try again later, or raise the limit")
{
    /// <summary>The most runs that may wait.</summary>
    public int Limit { get; } = limit;
}
