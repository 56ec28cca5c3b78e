using System.Globalization;

namespace PgpSr.Testing;

/// <summary>How two sets of values differ.</summary>
/// <param name="Count">Values compared.</param>
/// <param name="Outside">Values that break the tolerance.</param>
/// <param name="WorstIndex">Where the difference is largest against what is allowed there.</param>
/// <param name="Expected">The expected value there.</param>
/// <param name="Actual">The value found there.</param>
/// <param name="LargestAbsolute">Largest difference anywhere.</param>
/// <param name="LargestRelative">Largest difference as a part of the expected value, where that is not zero.</param>
/// <param name="WorstShare">Largest difference as a part of what is allowed: above 1 is a failure.</param>
public sealed record ErrorReport(
    int Count, int Outside, int WorstIndex, float Expected, float Actual, double LargestAbsolute, double LargestRelative, double WorstShare)
{
    /// <summary>One line with all of it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Outside} of {Count} values outside; worst at [{WorstIndex}]: expected {Expected:R}, got {Actual:R}; "
            + $"largest error {LargestAbsolute:G3} absolute, {LargestRelative:G3} relative, {WorstShare:G3} of what is allowed");
}
