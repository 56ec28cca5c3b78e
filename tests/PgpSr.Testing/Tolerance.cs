namespace PgpSr.Testing;

/// <summary>
/// How far a float32 result may be from the right one: <c>absolute + relative * |expected|</c>. Bounds are derived from the arithmetic, never tuned:
/// a sum of K products of size <c>norm</c> carries an error of at most about K * u * norm, with u = 2^-24 the unit roundoff.
/// </summary>
/// <param name="Absolute">Allowed anywhere.</param>
/// <param name="Relative">Allowed as a part of the expected value.</param>
public readonly record struct Tolerance(double Absolute, double Relative = 0)
{
    /// <summary>Unit roundoff of float32.</summary>
    public const double UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>The same number (any NaN equals any other).</summary>
    public static Tolerance Exact => default;

    /// <summary>
    /// For sums of <paramref name="terms"/> products whose factors are at most <paramref name="norm"/> when multiplied:
    /// <c>factor * terms * u * norm</c>, and a few roundings of the result itself. The factor covers what an algorithm adds to plain
    /// summation (Winograd's transforms: 8).
    /// </summary>
    public static Tolerance Sum(long terms, double norm, double factor = 2) => new(factor * (terms + 4) * UnitRoundoff * norm, 4 * UnitRoundoff);

    /// <summary>For a value computed by a few operations without cancellation: <paramref name="roundings"/> units in the last place.</summary>
    public static Tolerance Roundings(int roundings, double floor = 0) => new(floor, 2 * roundings * UnitRoundoff);

    /// <summary>
    /// The rule of golden cases: <paramref name="tolerance"/> is absolute for values of about unit size, and grows with values that are larger,
    /// one by one or as a whole (root mean square).
    /// </summary>
    public static Tolerance ForUnitSize(double tolerance, ReadOnlySpan<float> expected)
    {
        double sum = 0;
        foreach (float x in expected) sum += (double)x * x;
        return new Tolerance(tolerance * Math.Max(1, Math.Sqrt(sum / Math.Max(1, expected.Length))), tolerance);
    }

    /// <summary>Compares value by value.</summary>
    /// <exception cref="ToleranceException">The counts differ.</exception>
    public ErrorReport Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length) throw new ToleranceException($"{expected.Length} values expected, {actual.Length} found");
        int outside = 0, worst = 0;
        double absolute = 0, relative = 0, share = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            // NaN equals NaN and an infinity itself; a NaN or infinity anywhere else is infinitely wrong.
            float e = expected[i], a = actual[i];
            if (e.Equals(a) || e == a) continue;
            double difference = Math.Abs((double)a - e);
            if (!double.IsFinite(difference)) difference = double.PositiveInfinity;
            double allowed = Absolute + Relative * Math.Abs(e);
            double part = allowed > 0 && double.IsFinite(difference) ? difference / allowed : double.PositiveInfinity;
            if (!(part <= 1)) outside++;
            absolute = Math.Max(absolute, difference);
            if (e != 0) relative = Math.Max(relative, difference / Math.Abs(e));
            if (part <= share) continue;
            share = part;
            worst = i;
        }
        bool any = expected.Length > 0;
        return new ErrorReport(expected.Length, outside, worst, any ? expected[worst] : 0, any ? actual[worst] : 0, absolute, relative, share);
    }

    /// <summary>Throws unless all values are within this tolerance.</summary>
    /// <exception cref="ToleranceException">Some are not; the message names the worst.</exception>
    public ErrorReport Assert(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var report = Compare(expected, actual);
        if (report.Outside > 0) throw new ToleranceException($"{what}: {report}");
        return report;
    }
}
