using Microsoft.Extensions.Logging;

namespace PgpSr.Hosting;

static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Loaded model {Model} on {Backend} in {Seconds:F2} s")]
    public static partial void Loaded(ILogger logger, string model, string backend, double seconds);

    [LoggerMessage(2, LogLevel.Error, "Model {Model} could not be loaded")]
    public static partial void LoadFailed(ILogger logger, Exception exception, string model);

    [LoggerMessage(3, LogLevel.Debug, "Upscaling {Source} with {Model}")]
    public static partial void Begun(ILogger logger, string source, string model);

    [LoggerMessage(4, LogLevel.Debug, "Stage {Stage}: {Tiles} tiles, {Bytes} bytes in use")]
    public static partial void Stage(ILogger logger, string stage, int tiles, long bytes);

    [LoggerMessage(5, LogLevel.Information, "Upscaled {Source} to {Width}x{Height} in {Seconds:F2} s, at most {PeakBytes} bytes")]
    public static partial void Finished(ILogger logger, string source, int width, int height, double seconds, long peakBytes);

    [LoggerMessage(6, LogLevel.Information, "Upscaling {Source} was cancelled after {Seconds:F2} s")]
    public static partial void Cancelled(ILogger logger, string source, double seconds);

    [LoggerMessage(7, LogLevel.Error, "Upscaling {Source} failed after {Seconds:F2} s")]
    public static partial void Failed(ILogger logger, Exception exception, string source, double seconds);

    [LoggerMessage(8, LogLevel.Warning, "Upscaling {Source} was refused: {Limit} runs are waiting already")]
    public static partial void Refused(ILogger logger, string source, int limit);
}
