namespace PgpSr.Cpu;

/// <summary>
/// Bluestein's transform of any length: X[k] = w[k] sum over n of (x[n] w[n]) conj(w[k-n]) with the chirp w[n] = exp(-pi i n^2 / N),
/// a cyclic convolution of a smooth length of at least 2N-1 (Bluestein, IEEE Trans. Audio Electroacoustics 18, 1970).
/// </summary>
sealed unsafe class ChirpConvolution
{
    readonly float[] _chirp;
    readonly float[] _response;

    public ChirpConvolution(int length, FftPlan inner)
    {
        Inner = inner;
        _chirp = PinnedTable.Create(2L * length);
        for (int n = 0; n < length; n++) (_chirp[2 * n], _chirp[2 * n + 1]) = PinnedTable.UnitRoot((long)n * n, 2L * length);
        _response = Response(length, inner.Length);
    }

    /// <summary>Plan of the convolution's length.</summary>
    public FftPlan Inner { get; }

    /// <summary>w[n], n = 0..Length-1; real and imaginary part alternate.</summary>
    public float* Chirp => PinnedTable.Pointer(_chirp);

    /// <summary>The spectrum of the chirp's conjugate, divided by the convolution's length; real and imaginary part alternate.</summary>
    public float* ResponseSpectrum => PinnedTable.Pointer(_response);

    /// <summary>The cheapest length of at least 2N-1 of the form 2^a 3^b 5^c with b, c at most 2; 0 if N is too large to be convolved.</summary>
    public static int InnerLength(int length)
    {
        if (length > 1 << 28) return 0;
        int least = 2 * length - 1;
        int best = 0;
        double bestCost = double.PositiveInfinity;
        foreach (int odd in (ReadOnlySpan<int>)[1, 3, 5, 9, 15, 25, 45, 75, 225])
        {
            long candidate = odd;
            while (candidate < least) candidate *= 2;
            if (candidate > 1 << 30) continue;
            double cost = FftRadices.Cost((int)candidate, FftRadices.Of((int)candidate));
            if (cost < bestCost) (best, bestCost) = ((int)candidate, cost);
        }
        return best;
    }

    /// <summary>In the unit of <see cref="FftRadices.Cost"/>: two inner transforms, the pointwise product, the two chirps and the padding.</summary>
    public static double Cost(int length, int inner) => 2 * FftRadices.Cost(inner, FftRadices.Of(inner)) + 8.0 * inner + 12.0 * length;

    // In double, by the plain convolution theorem on a power of two or a smooth length: a table is made once for each plan.
    static float[] Response(int length, int inner)
    {
        var real = new double[inner];
        var imaginary = new double[inner];
        for (int n = 0; n < length; n++)
        {
            var (sine, cosine) = Math.SinCos(Math.PI * ((long)n * n % (2L * length)) / length);
            real[n] = cosine / inner;
            imaginary[n] = sine / inner;
            if (n == 0) continue;
            real[inner - n] = real[n];
            imaginary[inner - n] = imaginary[n];
        }
        DoubleFft.Transform(real, imaginary);
        var table = PinnedTable.Create(2L * inner);
        for (int k = 0; k < inner; k++) (table[2 * k], table[2 * k + 1]) = ((float)real[k], (float)imaginary[k]);
        return table;
    }
}
