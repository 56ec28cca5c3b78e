namespace PgpSr.KernelBench;

/// <summary>
/// Convolution with bias and padding kernel/2: x [height, width, inputs], weight [outputs, inputs, kernel, kernel].
/// Shape: <c>inputs-outputs@height x width</c>, of the input.
/// </summary>
public sealed record ConvWork(int Inputs, int Outputs, int Height, int Width, int Kernel, int Stride)
    : Work(Name(Kernel, Stride), $"{Inputs}-{Outputs}@{Height}x{Width}")
{
    /// <summary>Output rows.</summary>
    public int OutputHeight => (Height + 2 * (Kernel / 2) - Kernel) / Stride + 1;

    /// <summary>Output columns.</summary>
    public int OutputWidth => (Width + 2 * (Kernel / 2) - Kernel) / Stride + 1;

    /// <inheritdoc/>
    public override double Flops => 2.0 * OutputHeight * OutputWidth * Outputs * Inputs * Kernel * Kernel;

    /// <inheritdoc/>
    public override bool HasWeights => true;

    /// <summary>Winograd in either implementation costs some digits.</summary>
    public override double Tolerance => 1e-3;

    /// <summary>Input [height, width, inputs].</summary>
    public float[] Input() => Noise.Uniform(Checked((double)Height * Width * Inputs, Shape), 1, 1);

    /// <summary>Weight [outputs, inputs, kernel, kernel].</summary>
    public float[] Weight() =>
        Noise.Weights(Checked((double)Outputs * Inputs * Kernel * Kernel, Shape), float.Sqrt(3f / (Inputs * Kernel * Kernel)), 2);

    /// <summary>Bias [outputs].</summary>
    public float[] Bias() => Noise.Weights(Outputs, 1, 3);

    static string Name(int kernel, int stride) => $"conv{kernel}x{kernel}{(stride == 1 ? "" : $"s{stride}")}";

    internal static Work? Parse(string operation, string shape)
    {
        if (Sizes(shape, "-@x", 4) is not { } s) return null;
        foreach (int kernel in (ReadOnlySpan<int>)[1, 3, 5, 7])
            foreach (int stride in (ReadOnlySpan<int>)[1, 2])
                if (operation == Name(kernel, stride)) return new ConvWork(s[0], s[1], s[2], s[3], kernel, stride);
        return null;
    }
}
