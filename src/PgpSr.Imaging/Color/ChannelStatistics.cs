namespace PgpSr.Imaging;

/// <summary>Mean and deviation of one channel, gathered piece by piece (Chan, Golub and LeVeque 1979), so that a picture larger than memory has
/// global statistics.</summary>
sealed class ChannelStatistics
{
    // FaithDiff's calc_mean_std: added to the variance.
    const double VarianceFloor = 1e-5;

    double _mean, _squares;

    /// <summary>Samples so far.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean.</summary>
    public double Mean => _mean;

    /// <summary>sqrt(unbiased variance + 1e-5).</summary>
    public double Deviation => Math.Sqrt(Variance + VarianceFloor);

    /// <summary>sqrt(unbiased variance).</summary>
    public double PlainDeviation => Math.Sqrt(Variance);

    double Variance => Count > 1 ? _squares / (Count - 1) : 0;

    /// <summary>Adds every <paramref name="step"/>-th sample from <paramref name="first"/> on.</summary>
    public void Add(ReadOnlySpan<float> samples, int first = 0, int step = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        // Around the piece's own first sample, so that squares of large means do not cancel.
        if (first >= samples.Length) return;
        double shift = samples[first], sum = 0, squares = 0;
        long count = 0;
        for (int i = first; i < samples.Length; i += step, count++)
        {
            double x = samples[i] - shift;
            sum += x;
            squares += x * x;
        }
        double mean = shift + sum / count, difference = mean - _mean;
        long total = Count + count;
        _squares += squares - sum * sum / count + difference * difference * Count / total * count;
        _mean += difference * count / total;
        Count = total;
    }
}
