namespace PgpSr.KernelBench;

/// <summary>Real 2-D transform of every channel of x [height, width, channels] and its inverse. Shape: <c>channels x height x width</c>.</summary>
public sealed record FftWork(int Channels, int Height, int Width) : Work("rfft2_irfft2", $"{Channels}x{Height}x{Width}")
{
    /// <summary>Nominal: 2.5 n log2(n) for a real transform of n points, twice.</summary>
    public override double Flops => 5.0 * Channels * Height * Width * double.Log2((double)Height * Width);

    /// <summary>Input [height, width, channels].</summary>
    public float[] Input() => Noise.Uniform(Checked((double)Channels * Height * Width, Shape), 1, 1);

    internal static Work? Parse(string operation, string shape) =>
        operation == "rfft2_irfft2" && Sizes(shape, "x", 3) is { } s ? new FftWork(s[0], s[1], s[2]) : null;
}
