namespace PgpSr.Benchmarks;

/// <summary>How far two results lie apart, relative to the expected one's root mean square. NaN anywhere, or another length, is infinitely far.</summary>
static class Difference
{
    /// <summary>Root mean square.</summary>
    public static double Relative(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected) => Of(actual, expected).Mean;

    /// <summary>The largest.</summary>
    public static double Largest(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected) => Of(actual, expected).Largest;

    static (double Mean, double Largest) Of(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        if (actual.Length != expected.Length) return (double.PositiveInfinity, double.PositiveInfinity);
        double error = 0, norm = 0, largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = (double)actual[i] - expected[i];
            if (double.IsNaN(d)) return (double.PositiveInfinity, double.PositiveInfinity);
            error += d * d;
            norm += (double)expected[i] * expected[i];
            largest = Math.Max(largest, Math.Abs(d));
        }
        // Two results of zeros alone are equal.
        return error == 0 ? (0, 0) : (Math.Sqrt(error / norm), largest / Math.Sqrt(norm / expected.Length));
    }
}
