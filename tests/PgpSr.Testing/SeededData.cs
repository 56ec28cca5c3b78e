namespace PgpSr.Testing;

/// <summary>Test data from a fixed seed, so that a failure can be run again.</summary>
/// <param name="seed">Any number; named in what fails.</param>
public sealed class SeededData(int seed)
{
    readonly Random _random = new(seed);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public float[] Uniform(long count, float low = -1, float high = 1)
    {
        var values = new float[checked((int)count)];
        for (int i = 0; i < values.Length; i++) values[i] = low + (high - low) * _random.NextSingle();
        return values;
    }

    /// <summary>Normal with mean 0 and variance 1 (Box-Muller).</summary>
    public float[] Normal(long count)
    {
        var values = new float[checked((int)count)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(Math.Tau * _random.NextDouble()));
        return values;
    }

    /// <summary>A whole number in [<paramref name="low"/>, <paramref name="high"/>].</summary>
    public int Integer(int low, int high) => _random.Next(low, high + 1);
}
