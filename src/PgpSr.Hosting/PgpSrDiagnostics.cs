namespace PgpSr.Hosting;

/// <summary>
/// Names to subscribe to: <c>AddSource(PgpSrDiagnostics.ActivitySourceName)</c>, <c>AddMeter(PgpSrDiagnostics.MeterName)</c>. Every measurement
/// carries
/// <c>pgpsr.model</c>; those of ended runs also <c>pgpsr.outcome</c> (ok, failed, cancelled) and, of failed ones, <c>error.type</c>.
/// </summary>
public static class PgpSrDiagnostics
{
    /// <summary>Of activities: <c>pgpsr.load</c> and <c>pgpsr.upscale</c>, the latter with an event for each stage.</summary>
    public const string ActivitySourceName = "PgpSr";

    /// <summary>Of instruments.</summary>
    public const string MeterName = "PgpSr";

    /// <summary>Histogram: duration of runs in seconds, without the wait. Runs that were cancelled while they waited are not included.</summary>
    public const string Duration = "pgpsr.upscale.duration";

    /// <summary>Histogram: seconds that runs waited for earlier ones; the outcome is <c>cancelled</c> for a run whose turn never came and
    /// <c>refused</c> if too many were waiting.</summary>
    public const string Wait = "pgpsr.upscale.wait";

    /// <summary>Up-down counter: current runs, including those that wait.</summary>
    public const string Active = "pgpsr.upscale.active";

    /// <summary>Counter: pixels of finished results.</summary>
    public const string Pixels = "pgpsr.upscale.pixels";

    /// <summary>Histogram: peak memory of runs in bytes.</summary>
    public const string PeakMemory = "pgpsr.upscale.peak_memory";
}
