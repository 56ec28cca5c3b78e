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

    /// <summary>Histogram: seconds of a run, waiting not included. A run that was cancelled while it waited is not here.</summary>
    public const string Duration = "pgpsr.upscale.duration";

    /// <summary>Histogram: seconds that a run waited for the ones before it; with the outcome <c>cancelled</c> where its turn never came, and
    /// <c>refused</c> where too many waited already.</summary>
    public const string Wait = "pgpsr.upscale.wait";

    /// <summary>Up-down counter: runs that have begun and not ended, waiting ones included.</summary>
    public const string Active = "pgpsr.upscale.active";

    /// <summary>Counter: pixels of finished results.</summary>
    public const string Pixels = "pgpsr.upscale.pixels";

    /// <summary>Histogram: the most bytes that a run held.</summary>
    public const string PeakMemory = "pgpsr.upscale.peak_memory";
}
