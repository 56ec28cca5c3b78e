namespace PgpSr.KernelBench;

/// <summary>y[rows, outputs] = x[rows, inputs] * weight[outputs, inputs]ᵀ + bias. Shape: <c>rows x inputs x outputs</c>.</summary>
public sealed record LinearWork(int Rows, int Inputs, int Outputs) : Work("linear", $"{Rows}x{Inputs}x{Outputs}")
{
    /// <inheritdoc/>
    public override double Flops => 2.0 * Rows * Inputs * Outputs;

    /// <inheritdoc/>
    public override bool HasWeights => true;

    /// <summary>Input [rows, inputs].</summary>
    public float[] Input() => Noise.Uniform(Checked((double)Rows * Inputs, Shape), 1, 1);

    /// <summary>Weight [outputs, inputs].</summary>
    public float[] Weight() => Noise.Weights(Checked((double)Outputs * Inputs, Shape), float.Sqrt(3f / Inputs), 2);

    /// <summary>Bias [outputs].</summary>
    public float[] Bias() => Noise.Weights(Outputs, 1, 3);

    internal static Work? Parse(string operation, string shape) =>
        operation == "linear" && Sizes(shape, "x", 3) is { } s ? new LinearWork(s[0], s[1], s[2]) : null;
}
