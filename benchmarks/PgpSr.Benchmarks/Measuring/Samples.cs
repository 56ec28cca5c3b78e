namespace PgpSr.Benchmarks;

/// <summary>Measured values of one contender over all rounds.</summary>
sealed class Samples
{
    readonly List<double> _values = [];

    public void Add(double value) => _values.Add(value);

    public int Count => _values.Count;

    /// <summary>Forgets all values but the first <paramref name="count"/>.</summary>
    public void Keep(int count) => _values.RemoveRange(count, _values.Count - count);

    /// <summary>The middle value, NaN if there is none.</summary>
    public double Median() => MedianOf(_values);

    /// <inheritdoc cref="Median"/>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle]);
    }
}
