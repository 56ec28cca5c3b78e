namespace PgpSr.Benchmarks;

/// <summary>The middle of what was measured.</summary>
static class Median
{
    /// <summary>NaN if there is none.</summary>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
    }
}
