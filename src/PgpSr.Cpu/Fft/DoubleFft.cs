namespace PgpSr.Cpu;

/// <summary>A plain recursive transform in double for the tables of plans: correct to about 1e-15, run once for each plan.</summary>
static class DoubleFft
{
    /// <summary>Forward, in place; the length's prime factors should be small.</summary>
    public static void Transform(double[] real, double[] imaginary)
    {
        int n = real.Length;
        if (n == 1) return;
        int radix = 2;
        while (n % radix != 0) radix++;
        int m = n / radix;
        var partsReal = new double[radix][];
        var partsImaginary = new double[radix][];
        for (int leg = 0; leg < radix; leg++)
        {
            (partsReal[leg], partsImaginary[leg]) = (new double[m], new double[m]);
            for (int i = 0; i < m; i++) (partsReal[leg][i], partsImaginary[leg][i]) = (real[i * radix + leg], imaginary[i * radix + leg]);
            Transform(partsReal[leg], partsImaginary[leg]);
        }
        for (int k = 0; k < n; k++)
        {
            double sumReal = 0;
            double sumImaginary = 0;
            for (int leg = 0; leg < radix; leg++)
            {
                var (sine, cosine) = Math.SinCos(-2 * Math.PI * ((long)k * leg % n) / n);
                double partReal = partsReal[leg][k % m];
                double partImaginary = partsImaginary[leg][k % m];
                sumReal += partReal * cosine - partImaginary * sine;
                sumImaginary += partReal * sine + partImaginary * cosine;
            }
            (real[k], imaginary[k]) = (sumReal, sumImaginary);
        }
    }
}
