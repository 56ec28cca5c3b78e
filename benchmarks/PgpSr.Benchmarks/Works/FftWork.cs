using PgpSr.Tensors;

namespace PgpSr.Benchmarks;

/// <summary>Real 2-D transform of every channel of x [samples, height, width, channels] and its inverse. Shape: <c>channels x height x width</c>.</summary>
sealed record FftWork(int Channels, int Height, int Width, int Samples = 1)
    : Work("rfft2_irfft2", Spelled(Samples, $"{Channels}x{Height}x{Width}"))
{
    /// <summary>Nominal: 2.5 n log2(n) for a real transform of n points, twice.</summary>
    public override double Flops => 5.0 * Samples * Channels * Height * Width * double.Log2((double)Height * Width);

    /// <summary>Each transform is rows, then columns: the map and its half spectrum move four times.</summary>
    public override double Bytes => 8 * 4.0 * Samples * Channels * Height * Width;

    public override bool MemoryBound => true;

    public override BackendWork Prepare(Backend backend, string form, DType weights, bool owned)
    {
        var work = new BackendWork(form, backend, weights, owned) { Flops = Flops };
        float[] input = Noise.Uniform(Checked((double)Samples * Height * Width * Channels, Shape), 1, 1);
        Tensor x = work.Filled(input, Samples, Height, Width, Channels), y = work.Output(Samples, Height, Width, Channels);
        Tensor spectrum = work.Empty(Samples, Height, Width / 2 + 1, 2, Channels);
        return work.Does(() =>
        {
            backend.RealFft2d(x, spectrum);
            backend.InverseRealFft2d(spectrum, y);
        });
    }

    internal static Work? Parse(string operation, string shape) =>
        operation == "rfft2_irfft2" && Sizes(shape, "x", 3) is { } s ? new FftWork(s[1], s[2], s[3], s[0]) : null;
}
