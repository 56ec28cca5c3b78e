using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PgpSr.Hosting;

/// <summary>Where runs are traced and counted. The container's meters where it makes some, so that two containers of a process stay apart.</summary>
sealed class UpscalerInstruments : IDisposable
{
    readonly Meter? _own;

    public UpscalerInstruments(IMeterFactory? factory)
    {
        var meter = factory?.Create(new MeterOptions(PgpSrDiagnostics.MeterName)) ?? (_own = new Meter(PgpSrDiagnostics.MeterName));
        Duration = meter.CreateHistogram<double>(PgpSrDiagnostics.Duration, "s", "How long runs take.");
        Wait = meter.CreateHistogram<double>(PgpSrDiagnostics.Wait, "s", "How long runs wait for the ones before them.");
        Active = meter.CreateUpDownCounter<long>(PgpSrDiagnostics.Active, "{run}", "Runs that have begun and not ended.");
        Pixels = meter.CreateCounter<long>(PgpSrDiagnostics.Pixels, "{pixel}", "Pixels of finished results.");
        PeakMemory = meter.CreateHistogram<long>(PgpSrDiagnostics.PeakMemory, "By", "The most bytes that runs hold.");
    }

    public static ActivitySource Source { get; } = new(PgpSrDiagnostics.ActivitySourceName);

    public Histogram<double> Duration { get; }

    public Histogram<double> Wait { get; }

    public UpDownCounter<long> Active { get; }

    public Counter<long> Pixels { get; }

    public Histogram<long> PeakMemory { get; }

    // A factory disposes its meters itself.
    public void Dispose() => _own?.Dispose();
}
