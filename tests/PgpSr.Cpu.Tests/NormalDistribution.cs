namespace PgpSr.Cpu.Tests;

/// <summary>The standard normal distribution in double precision, accurate relative to its value in the lower tail too.</summary>
static class NormalDistribution
{
    /// <summary>Probability of a value up to x.</summary>
    public static double Cumulative(double x) => x < 0 ? UpperTail(-x) : 1 - UpperTail(x);

    // erfc(x / sqrt 2) / 2 for x >= 0: the Taylor series of the distribution function where it converges without much cancellation, Laplace's
    // continued fraction (Abramowitz and Stegun 26.2.14) beyond.
    static double UpperTail(double x)
    {
        if (x > 40) return 0;
        double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        if (x < 3)
        {
            // 1/2 - density * (x + x^3/3 + x^5/15 + ...): all terms positive.
            double term = x, sum = x;
            for (int k = 3; k < 200 && term > 1e-18 * sum; k += 2) sum += term *= x * x / k;
            return 0.5 - density * sum;
        }
        double fraction = x;
        for (int k = 200; k > 0; k--) fraction = x + k / fraction;
        return density / fraction;
    }
}
