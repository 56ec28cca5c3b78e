using System.Diagnostics;

namespace PgpSr.Managed;

/// <summary>What a running pipeline shares with its caller: cancellation, progress and the account of memory.</summary>
sealed class RunContext(IProgress<UpscaleProgress>? progress, long totalWork, CancellationToken cancellation)
{
    // Below this part of the work, or this time, a forecast would jump about.
    const double LeastFraction = 0.02;
    static readonly TimeSpan s_leastElapsed = TimeSpan.FromMilliseconds(300);

    readonly Stopwatch _clock = Stopwatch.StartNew();
    long _heldBytes;
    long _workDone;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Fills activations with NaN when they are rented and returned; for tests.</summary>
    public bool Poison { get; init; }

    /// <summary>Whether the run may leave its memory to the next one: only without a budget.</summary>
    public bool KeepsMemory { get; init; }

    /// <summary>Before a run's first large allocation: within a budget there is no room for what earlier runs left.</summary>
    public static RunContext Begin(
        IPipeline pipeline, UpscaleOptions options, UpscalePlan plan, IProgress<UpscaleProgress>? progress, bool poison, CancellationToken cancellation)
    {
        bool bounded = options.MemoryBudget is not null;
        if (bounded) pipeline.Backend.Trim();
        return new RunContext(progress, plan.MultiplyAdds, cancellation) { Poison = poison, KeepsMemory = !bounded };
    }

    public TimeSpan Elapsed => _clock.Elapsed;

    public long HeldBytes => _heldBytes;

    public long PeakBytes { get; private set; }

    /// <summary>Counts bytes that are taken now (negative: given back).</summary>
    public void Hold(long bytes)
    {
        _heldBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, _heldBytes);
    }

    /// <summary>Tells that the result is in its place: a request to stop comes too late and is no failure.</summary>
    public void ReportEnd() =>
        progress?.Report(new UpscaleProgress(UpscaleStage.Writing, 1, 1, 1, 1, 1, _heldBytes, _clock.Elapsed, TimeSpan.Zero));

    /// <summary>Tells that some work (multiply-adds of the plan) is done, and where the run is.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Report(UpscaleStage stage, int tile, int tiles, int step, int steps, long work = 0)
    {
        cancellation.ThrowIfCancellationRequested();
        _workDone += work;
        if (progress is null) return;
        double fraction = totalWork > 0 ? Math.Min(1, (double)_workDone / totalWork) : 0;
        var elapsed = _clock.Elapsed;
        TimeSpan? left = fraction >= LeastFraction && elapsed >= s_leastElapsed ? elapsed * ((1 - fraction) / fraction) : null;
        progress.Report(new UpscaleProgress(stage, tile, tiles, step, steps, fraction, _heldBytes, elapsed, left));
    }
}
