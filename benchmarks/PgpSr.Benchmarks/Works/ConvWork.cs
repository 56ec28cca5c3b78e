using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// Convolution with bias and padding kernel/2: x [samples, height, width, inputs], weight [outputs, inputs, kernel, kernel].
/// Shape: <c>inputs-outputs@height x width</c>, of the input.
/// </summary>
sealed record ConvWork(int Inputs, int Outputs, int Height, int Width, int Kernel, int Stride = 1, int Samples = 1)
    : Work($"conv{Kernel}x{Kernel}{(Stride == 1 ? "" : $"s{Stride}")}", Spelled(Samples, $"{Inputs}-{Outputs}@{Height}x{Width}"))
{
    Shape Source => new(Samples, Height, Width, Inputs);

    Shape Result => new(Samples, (Height + 2 * (Kernel / 2) - Kernel) / Stride + 1, (Width + 2 * (Kernel / 2) - Kernel) / Stride + 1, Outputs);

    public override double Flops => 2.0 * Result.Count * Inputs * Kernel * Kernel;

    public override double Bytes => 4.0 * (Source.Count + Result.Count) + 2.0 * Kernel * Kernel * Inputs * Outputs;

    public override bool HasWeights => true;

    public override bool HasWinograd => Kernel == 3 && Stride == 1;

    /// <summary>Winograd in either implementation costs some digits.</summary>
    public override double Tolerance => 1e-3;

    protected override Action Prepared(BackendWork work)
    {
        Tensor x = work.Filled(Source), y = work.Output(Result);
        PackedConv2d packed = work.Own(work.Backend.PackConv2d(
            work.Weight(new(Outputs, Inputs, Kernel, Kernel)), work.Weight(new(Outputs)), Conv2dGeometry.Square(Kernel, Stride, Kernel / 2)));
        return () => work.Backend.Conv2d(x, packed, default, y);
    }

    internal static Work? Parse(string operation, string shape)
    {
        if (operation is not ['c', 'o', 'n', 'v', (>= '1' and <= '7') and var kernel, ..] || Sizes(shape, "-@x", 4) is not { } s) return null;
        var work = new ConvWork(s[1], s[2], s[3], s[4], kernel - '0', operation.EndsWith("s2", StringComparison.Ordinal) ? 2 : 1, s[0]);
        return work.Kernel % 2 == 1 && work.Operation == operation ? work : null;
    }
}
