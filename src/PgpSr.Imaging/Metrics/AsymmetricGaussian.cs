namespace PgpSr.Imaging;

/// <summary>
/// A generalized Gaussian distribution with a scale for each side of zero (Lasmar, Stitou, Berthoumieu 2009), fitted by moments: shape 2 is a normal
/// distribution, shape 1 Laplace's.
/// </summary>
/// <param name="Shape">Of both sides, from 0.2 to 10.</param>
/// <param name="Left">Scale below zero.</param>
/// <param name="Right">Scale above zero.</param>
readonly record struct AsymmetricGaussian(double Shape, double Left, double Right)
{
    const double LeastShape = 0.2, MostShape = 10, ShapeStep = 0.001;

    // E|x|^2 / E x^2 of each shape; it grows with the shape.
    static readonly double[] s_ratios = [.. Enumerable.Range(0, (int)Math.Round((MostShape - LeastShape) / ShapeStep) + 1)
        .Select(i => LeastShape + i * ShapeStep).Select(a => Math.Exp(2 * LogGamma(2 / a) - LogGamma(1 / a) - LogGamma(3 / a)))];

    /// <summary>The distribution's mean.</summary>
    public double Mean => (Right - Left) * Math.Exp(LogGamma(2 / Shape) - LogGamma(1 / Shape));

    /// <summary>The distribution with the values' moments; not finite when all values have one sign.</summary>
    public static AsymmetricGaussian Fit(ReadOnlySpan<double> values)
    {
        double left = 0, right = 0, sum = 0;
        int below = 0, above = 0;
        foreach (double v in values)
        {
            sum += Math.Abs(v);
            if (v < 0) (left, below) = (left + v * v, below + 1);
            else if (v > 0) (right, above) = (right + v * v, above + 1);
        }
        double square = (left + right) / values.Length, mean = sum / values.Length;
        (left, right) = (Math.Sqrt(left / below), Math.Sqrt(right / above));
        double skew = left / right;
        double ratio = mean * mean / square * (Math.Pow(skew, 3) + 1) * (skew + 1) / Math.Pow(skew * skew + 1, 2);
        int at = Array.BinarySearch(s_ratios, ratio) is int i && i < 0 ? ~i : i;
        at = Math.Min(at, s_ratios.Length - 1);
        if (at > 0 && ratio - s_ratios[at - 1] < s_ratios[at] - ratio) at--;
        double shape = LeastShape + at * ShapeStep, scale = Math.Exp((LogGamma(1 / shape) - LogGamma(3 / shape)) / 2);
        return new(double.IsFinite(ratio) ? shape : double.NaN, left * scale, right * scale);
    }

    // Stirling's series after raising the argument to where it is exact to 1e-15.
    static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < 15; x++) shift += Math.Log(x);
        double inverse = 1 / (x * x);
        double series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))) / x;
        return (x - 0.5) * Math.Log(x) - x + Math.Log(2 * Math.PI) / 2 + series - shift;
    }
}
