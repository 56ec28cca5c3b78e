using System.Diagnostics;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>How long plans will take: a small picture is upscaled and timed, and the work of plans is set beside its work.</summary>
/// <param name="MultiplyAddsPerSecond">Of the small picture, or half the device's peak in FLOP/s.</param>
/// <param name="Measured">False where the model is too large to try: then the device's peak gives a lower bound.</param>
readonly record struct SpeedEstimate(double MultiplyAddsPerSecond, bool Measured)
{
    // A second on slow hardware; a smaller picture would be all overhead.
    const double MostTrialWork = 4e10;

    static readonly int[] s_sides = [256, 128, 64];

    /// <summary>Measures, or null where neither a trial nor a peak is to be had.</summary>
    public static SpeedEstimate? Measure(
        SuperResolver resolver, UpscaleOptions options, Backend backend, IBackendProvider provider, CancellationToken cancellation)
    {
        UpscaleOptions trial = options with { Scale = null, Width = null, Height = null, Tile = null, Overlap = null, MemoryBudget = null };
        foreach (int side in s_sides)
        {
            UpscalePlan plan = resolver.Plan(side, side, trial);
            if (plan.MultiplyAdds > MostTrialWork) continue;
            Image picture = SyntheticPicture.Create(side, side);
            // The first run compiles and allocates.
            resolver.Upscale(picture, trial, null, cancellation);
            long begun = Stopwatch.GetTimestamp();
            resolver.Upscale(picture, trial, null, cancellation);
            return new(plan.MultiplyAdds / Math.Max(Stopwatch.GetElapsedTime(begun).TotalSeconds, 1e-4), Measured: true);
        }
        return provider.MeasurePeak(backend) is { } flops ? new(flops / 2, Measured: false) : null;
    }

    /// <summary>Seconds that a plan's network takes; reading and writing files come on top.</summary>
    public double Seconds(UpscalePlan plan) => plan.MultiplyAdds / MultiplyAddsPerSecond;

    /// <summary>"about 0:12 on this device", "at least 3:05 on this device".</summary>
    public string Text(double seconds)
    {
        string time = seconds < 1 ? "1 second" : BatchProgress.Duration(TimeSpan.FromSeconds(Math.Ceiling(seconds)));
        return $"{(Measured ? seconds < 1 ? "less than" : "about" : "at least")} {time} on this device";
    }
}
