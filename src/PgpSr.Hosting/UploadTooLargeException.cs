namespace PgpSr.Hosting;

/// <summary>A picture from a stream is longer than <see cref="UpscalerOptions.MaxUploadBytes"/>. Nothing was started (HTTP 413).</summary>
/// <param name="limit">The limit.</param>
public sealed class UploadTooLargeException(long limit)
    : PgpSrException($"the picture is larger than {limit} bytes, the limit that MaxUploadBytes sets; send a smaller one, or raise the limit")
{
    /// <summary>The most bytes that are read.</summary>
    public long Limit { get; } = limit;
}
