using System.Collections.Immutable;
using System.Globalization;

namespace PgpSr.Managed;

/// <summary>The result of a run.</summary>
/// <param name="Width">Columns of the result.</param>
/// <param name="Height">Rows of the result.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="PeakBytes">The most bytes it held at once, counted as <see cref="UpscaleProgress.BytesInUse"/>.</param>
/// <param name="Plan">What was planned.</param>
public sealed record UpscaleResult(int Width, int Height, TimeSpan Elapsed, long PeakBytes, UpscalePlan Plan)
{
    /// <summary>
    /// Defects of the source that did not keep it from being read, parts of it that were not read, and one line that lists what the result does not
    /// carry.
    /// </summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>A readable line, <c>2048x2048 in 1.1 s, 250 MiB</c>, and one for each warning.</summary>
    public override string ToString()
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height} in {Elapsed.TotalSeconds:0.0} s, {UpscalePlan.Size(PeakBytes)}");
        return string.Join(Environment.NewLine, [line, .. Warnings.Select(warning => $"  warning: {warning}")]);
    }
}
