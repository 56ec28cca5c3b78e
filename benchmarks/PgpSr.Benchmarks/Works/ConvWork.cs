using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>
/// Convolution with bias and padding kernel/2: x [samples, height, width, inputs], weight [outputs, inputs, kernel, kernel].
/// Shape: <c>inputs-outputs@height x width</c>, of the input.
/// </summary>
sealed record ConvWork(int Inputs, int Outputs, int Height, int Width, int Kernel, int Stride = 1, int Samples = 1)
    : Work(Name(Kernel, Stride), Spelled(Samples, $"{Inputs}-{Outputs}@{Height}x{Width}"))
{
    int OutputHeight => (Height + 2 * (Kernel / 2) - Kernel) / Stride + 1;

    int OutputWidth => (Width + 2 * (Kernel / 2) - Kernel) / Stride + 1;

    public override double Flops => 2.0 * Samples * OutputHeight * OutputWidth * Outputs * Inputs * Kernel * Kernel;

    public override double Bytes =>
        4.0 * Samples * ((double)Height * Width * Inputs + (double)OutputHeight * OutputWidth * Outputs) + 2.0 * Kernel * Kernel * Inputs * Outputs;

    public override bool HasWeights => true;

    public override bool HasWinograd => Kernel == 3 && Stride == 1;

    /// <summary>Winograd in either implementation costs some digits.</summary>
    public override double Tolerance => 1e-3;

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned) { Flops = Flops };
        Tensor x = work.Filled(Noise.Uniform(Checked((double)Samples * Height * Width * Inputs, Shape), 1, 1), Samples, Height, Width, Inputs);
        Tensor y = work.Output(Samples, OutputHeight, OutputWidth, Outputs);
        float[] weight = Noise.Weights(Checked((double)Outputs * Inputs * Kernel * Kernel, Shape), float.Sqrt(3f / (Inputs * Kernel * Kernel)), 2);
        var packed = work.Own(backend.PackConv2d(work.Host("weight", weight, Outputs, Inputs, Kernel, Kernel),
            work.Host("bias", Noise.Weights(Outputs, 1, 3), Outputs), Conv2dGeometry.Square(Kernel, Stride, Kernel / 2)));
        return work.Does(() => backend.Conv2d(x, packed, default, y));
    }

    static string Name(int kernel, int stride) => $"conv{kernel}x{kernel}{(stride == 1 ? "" : $"s{stride}")}";

    internal static Work? Parse(string operation, string shape)
    {
        if (Sizes(shape, "-@x", 4) is not { } s) return null;
        foreach (int kernel in (ReadOnlySpan<int>)[1, 3, 5, 7])
            foreach (int stride in (ReadOnlySpan<int>)[1, 2])
                if (operation == Name(kernel, stride)) return new ConvWork(s[1], s[2], s[3], s[4], kernel, stride, s[0]);
        return null;
    }
}
