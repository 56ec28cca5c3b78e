namespace PgpSr.Sampling;

/// <summary>
/// Standard normal noise as a function: the value at (seed, step, row, column, channel) is always the same, whatever the tiling, thread count,
/// backend or platform. Random bits come from Philox 4x32-10 (Salmon et al. 2011), the normal from Box and Muller's transform with
/// logarithm and cosine of our own, since those of the platforms differ in their last bit.
/// </summary>
/// <param name="seed">The user's seed.</param>
sealed class NoiseSource(ulong seed)
{
    // Philox constants (Salmon et al. 2011, table 2).
    const uint Multiplier0 = 0xD2511F53;
    const uint Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9;
    const uint Weyl1 = 0xBB67AE85;

    /// <summary>The user's seed.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>The noise at one place.</summary>
    /// <param name="step">Which noise field: 0 for the start, the step's number for solvers that add noise.</param>
    /// <param name="row">Row in the whole latent, not in a tile.</param>
    /// <param name="column">Column in the whole latent.</param>
    /// <param name="channel">Latent channel.</param>
    public float At(int step, int row, int column, int channel)
    {
        var (a, b, c, d) = Bits((uint)column, (uint)row, (uint)channel, (uint)step);
        // u in (0, 1], v in [0, 1), each of 53 bits
        double u = ((((ulong)a << 32 | b) >> 11) + 1) * (1.0 / (1UL << 53));
        double v = (((ulong)c << 32 | d) >> 11) * (1.0 / (1UL << 53));
        return (float)(Math.Sqrt(-2 * NaturalLog(u)) * CosineOfTurns(v));
    }

    /// <summary>Fills a channels-last field [height, width, channels] whose first pixel stands at (row, column) of the whole latent.</summary>
    public void Fill(int step, int row, int column, int height, int width, int channels, Span<float> destination)
    {
        if (destination.Length != (long)height * width * channels)
            throw new ArgumentException($"{height}x{width}x{channels} values do not fit a span of {destination.Length}", nameof(destination));
        int i = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++) destination[i++] = At(step, row + y, column + x, c);
    }

    /// <summary>Four random words for a counter.</summary>
    internal (uint A, uint B, uint C, uint D) Bits(uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)Seed, k1 = (uint)(Seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    // log(m 2^e) = e log 2 + 2 artanh((m-1)/(m+1)), m in [sqrt 1/2, sqrt 2): the series' 12th term is below 2^-60. Only + - * /, so every platform
    // rounds alike.
    internal static double NaturalLog(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }
        double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
        for (int k = 23; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
        return exponent * 0.6931471805599453 + 2 * s * sum;
    }

    // cos(2 pi v): the quarter turn around the nearest multiple of 1/4 is exact, the rest is a Taylor series of |angle| <= pi/4 (term 9 is below
    // 2^-60).
    internal static double CosineOfTurns(double v)
    {
        double quarters = Math.Floor(v * 4 + 0.5);
        double angle = (v - quarters * 0.25) * 6.283185307179586;
        double a2 = angle * angle, cosine = 1, sine = 1;
        for (int k = 9; k >= 1; k--)
        {
            cosine = 1 - cosine * a2 / ((2 * k - 1) * (2 * k));
            sine = 1 - sine * a2 / (2 * k * (2 * k + 1));
        }
        sine *= angle;
        return ((int)quarters & 3) switch
        {
            0 => cosine,
            1 => -sine,
            2 => -cosine,
            _ => sine,
        };
    }
}
