namespace PgpSr.KernelBench;

/// <summary>SiLU of a group norm with 32 groups, of x [height, width, channels]. Shape: <c>channels x height x width</c>.</summary>
public sealed record GroupNormSiluWork(int Channels, int Height, int Width) : Work("group_norm_silu", $"{Channels}x{Height}x{Width}")
{
    /// <summary>Groups, as in the networks of Stable Diffusion.</summary>
    public const int Groups = 32;

    /// <summary>Added to the variance; diffusers' UNet default.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>Nominal: sum, sum of squares, scale and shift, exponential counted as one, divide, multiply.</summary>
    public override double Flops => 8.0 * StreamedElements;

    /// <inheritdoc/>
    public override int StreamedElements => Checked((double)Channels * Height * Width, Shape);

    /// <summary>Input [height, width, channels].</summary>
    public float[] Input() => Noise.Uniform(StreamedElements, 2, 1);

    /// <summary>Scale [channels].</summary>
    public float[] Gamma() => Noise.Weights(Channels, 1, 2);

    /// <summary>Shift [channels].</summary>
    public float[] Beta() => Noise.Weights(Channels, 1, 3);

    internal static Work? Parse(string operation, string shape) =>
        operation == "group_norm_silu" && Sizes(shape, "x", 3) is { } s && s[0] % Groups == 0 ? new GroupNormSiluWork(s[0], s[1], s[2]) : null;
}
