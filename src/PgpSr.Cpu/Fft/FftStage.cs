namespace PgpSr.Cpu;

/// <summary>
/// One pass of a mixed-radix transform: butterflies of <see cref="Radix"/> legs over sub-transforms of length <see cref="Before"/>.
/// </summary>
sealed unsafe class FftStage
{
    readonly float[] _twiddles;
    readonly float[]? _prime;

    public FftStage(int radix, int before)
    {
        Radix = radix;
        Before = before;
        _twiddles = Twiddles(radix, before);
        _prime = radix > LargestCodelet ? PrimeTable(radix) : null;
    }

    /// <summary>The largest radix that has a butterfly of its own; beyond it are odd primes, computed by their table of cosines and sines.</summary>
    public const int LargestCodelet = 10;

    /// <summary>
    /// Outputs of a prime butterfly that are accumulated together, see <see cref="PrimeButterfly{TLanes}"/>; rows of the table are padded to it.
    /// </summary>
    public const int PrimeRows = 6;

    public int Radix { get; }

    /// <summary>Product of the radices of the earlier stages.</summary>
    public int Before { get; }

    /// <summary>True if the radix is a prime without a butterfly of its own.</summary>
    public bool IsPrime => _prime is not null;

    /// <summary>exp(-2 pi i j m / (Radix Before)) for j = 0..Before-1, then m = 1..Radix-1; real and imaginary part alternate.</summary>
    public float* TwiddleTable => PinnedTable.Pointer(_twiddles);

    /// <summary>
    /// For outputs k in rows of <see cref="PrimeRows"/>, then m = 1..(Radix-1)/2: the row's cosines of 2 pi k m / Radix, then its sines.
    /// </summary>
    public float* PrimeCosinesAndSines => PinnedTable.Pointer(_prime!);

    static float[] Twiddles(int radix, int before)
    {
        var table = PinnedTable.Create((long)before * (radix - 1) * 2);
        int at = 0;
        for (int j = 0; j < before; j++)
        {
            for (int m = 1; m < radix; m++) (table[at++], table[at++]) = PinnedTable.UnitRoot((long)j * m, (long)radix * before);
        }
        return table;
    }

    static float[] PrimeTable(int prime)
    {
        int half = (prime - 1) / 2;
        int rows = (half + PrimeRows - 1) / PrimeRows;
        var table = PinnedTable.Create((long)rows * half * 2 * PrimeRows);
        int at = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int m = 1; m <= half; m++)
            {
                for (int k = 0; k < PrimeRows; k++)
                {
                    var (cosine, minusSine) = PinnedTable.UnitRoot((long)(row * PrimeRows + k + 1) * m, prime);
                    table[at + k] = cosine;
                    table[at + PrimeRows + k] = -minusSine;
                }
                at += 2 * PrimeRows;
            }
        }
        return table;
    }
}
