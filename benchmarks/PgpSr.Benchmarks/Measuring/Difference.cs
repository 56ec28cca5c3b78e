namespace PgpSr.Benchmarks;

/// <summary>How far two results lie apart, relative to the expected one's root mean square. NaN anywhere, or another length, is infinitely far.</summary>
/// <param name="Mean">Root mean square.</param>
/// <param name="Largest">The largest.</param>
readonly record struct Difference(double Mean, double Largest)
{
    public static Difference Of(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        double error = actual.Length == expected.Length ? 0 : double.NaN, norm = 0, largest = 0;
        for (int i = 0; i < Math.Min(actual.Length, expected.Length); i++)
        {
            double d = (double)actual[i] - expected[i];
            error += d * d;
            norm += (double)expected[i] * expected[i];
            largest = Math.Max(largest, Math.Abs(d));
        }
        if (double.IsNaN(error)) return new(double.PositiveInfinity, double.PositiveInfinity);
        // Two results of zeros alone are equal.
        return error == 0 ? default : new(Math.Sqrt(error / norm), largest / Math.Sqrt(norm / expected.Length));
    }
}
