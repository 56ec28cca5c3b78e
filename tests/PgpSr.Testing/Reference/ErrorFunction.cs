namespace PgpSr.Testing;

/// <summary>The complementary error function in double.</summary>
public static class ErrorFunction
{
    /// <summary>
    /// erfc(x) = 1 - erf(x). Below 2 by the Taylor series of erf (Abramowitz and Stegun 7.1.6, all terms of one sign), above by the continued
    /// fraction of erfc (7.1.14), evaluated from the far end: both to better than 1e-13 of the result.
    /// </summary>
    public static double Complement(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x < 0) return 2 - Complement(-x);
        if (x > 30) return 0;
        if (x < 2)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }
        double fraction = 0;
        for (int n = 120; n >= 1; n--) fraction = n / 2.0 / (x + fraction);
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + fraction);
    }
}
