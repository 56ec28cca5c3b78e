namespace PgpSr.Imaging;

/// <summary>
/// Which source samples each destination sample is made of along one axis, and with which weights: Pillow's coefficients (Resample.c,
/// precompute_coeffs), normalized at the borders, or PyTorch's, whose borders repeat. Computed in double precision; <see cref="Fixed"/> are the 8-bit
/// path's integers.
/// </summary>
sealed class ResizeWeights
{
    /// <summary>Fraction bits of the 8-bit path: 32 less 8 for the sample and 2 for overshoot, Pillow's PRECISION_BITS.</summary>
    public const int FractionBits = 32 - 8 - 2;

    public ResizeWeights(int sourceLength, int length, ResizeFilter filter)
    {
        SourceLength = sourceLength;
        Length = length;
        double scale = (double)sourceLength / length;
        bool repeats = filter == ResizeFilter.TorchBicubic;
        double widening = repeats ? 1 : Math.Max(scale, 1);
        double radius = Radius(filter) * widening;
        Taps = (int)Math.Ceiling(radius) * 2 + 1;
        First = new int[length];
        Count = new int[length];
        Values = new double[(long)length * Taps];
        Fixed = new int[Values.Length];
        Singles = new float[Values.Length];
        for (int i = 0; i < length; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - radius + 0.5));
            int count = Math.Min(sourceLength, (int)(center + radius + 0.5)) - first;
            if (repeats) (first, count) = Nearest(center);
            First[i] = first;
            Count[i] = count;
            Span<double> values = Values.AsSpan(i * Taps, count);
            double sum = 0;
            if (repeats)
                Repeat(center, first, values);
            else
                for (int t = 0; t < count; t++) sum += values[t] = Evaluate(filter, (t + first - center + 0.5) / widening);
            for (int t = 0; t < count; t++)
            {
                if (sum != 0) values[t] /= sum;
                double scaled = values[t] * (1 << FractionBits);
                Fixed[i * Taps + t] = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
                Singles[i * Taps + t] = (float)values[t];
            }
        }
    }

    public int SourceLength { get; }

    public int Length { get; }

    /// <summary>Room for weights per destination sample.</summary>
    public int Taps { get; }

    /// <summary>First source sample of each destination sample.</summary>
    public int[] First { get; }

    /// <summary>Source samples of each destination sample.</summary>
    public int[] Count { get; }

    public double[] Values { get; }

    public int[] Fixed { get; }

    public float[] Singles { get; }

    public bool IsIdentity => SourceLength == Length;

    // The four pixels around a place, as far as there are any.
    (int First, int Count) Nearest(double center)
    {
        int from = (int)Math.Floor(center - 0.5) - 1;
        int first = Math.Clamp(from, 0, SourceLength - 1);
        return (first, Math.Clamp(from + 3, 0, SourceLength - 1) - first + 1);
    }

    // What would fall outside falls on the edge. The four sum to 1.
    void Repeat(double center, int first, Span<double> values)
    {
        int from = (int)Math.Floor(center - 0.5) - 1;
        for (int t = 0; t < 4; t++)
            values[Math.Clamp(from + t, 0, SourceLength - 1) - first] += Evaluate(ResizeFilter.TorchBicubic, from + t - center + 0.5);
    }

    static double Radius(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => 0.5,
        ResizeFilter.Bilinear => 1,
        ResizeFilter.Bicubic or ResizeFilter.TorchBicubic => 2,
        ResizeFilter.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "no such filter"),
    };

    static double Evaluate(ResizeFilter filter, double x)
    {
        switch (filter)
        {
            case ResizeFilter.Box:
                return x is > -0.5 and <= 0.5 ? 1 : 0;
            case ResizeFilter.Bilinear:
                return Math.Max(0, 1 - Math.Abs(x));
            case ResizeFilter.Bicubic:
                return Cubic(x, -0.5);
            case ResizeFilter.TorchBicubic:
                return Cubic(x, -0.75);
            default:
                return x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0;
        }
    }

    static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    static double Sinc(double x)
    {
        if (x == 0) return 1;
        x *= Math.PI;
        return Math.Sin(x) / x;
    }
}
