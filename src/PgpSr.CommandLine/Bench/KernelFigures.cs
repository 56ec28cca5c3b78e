using System.Diagnostics;
using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.CommandLine;

/// <summary>The operations that networks spend their time in, at sizes of the SDXL UNet and of the small models.</summary>
static class KernelFigures
{
    // Long enough for several repetitions of the longest operation on a slow machine; the best of them is the figure.
    const double Seconds = 0.4;

    /// <summary>Measures them one after the other.</summary>
    public static IEnumerable<KernelFigure> Measure(Backend backend, CancellationToken cancellation)
    {
        using var workspace = new Workspace(backend) { CancellationToken = cancellation };
        yield return Convolution(workspace, size: 64, channels: 320);
        yield return Convolution(workspace, size: 128, channels: 64);
        yield return Linear(workspace, rows: 1024, from: 1280, to: 5120);
        yield return Attention(workspace, tokens: 4096, heads: 10, dimension: 64);
        yield return GroupNorm(workspace, size: 128, channels: 320);
        yield return Fourier(workspace, size: 128, channels: 320);
    }

    static KernelFigure Convolution(Workspace workspace, int size, int channels)
    {
        HostTensor numbers = Weight(new Shape(channels, channels, 3, 3));
        using PackedConv2d weight = workspace.Backend.PackConv2d(numbers, default, Conv2dGeometry.Square(3, padding: 1));
        return Time(workspace, $"convolution 3x3, {channels} channels at {size}x{size}", 2.0 * size * size * channels * channels * 9,
            new Shape(1, size, size, channels), x => workspace.Conv2d(x, weight));
    }

    static KernelFigure Linear(Workspace workspace, int rows, int from, int to)
    {
        using PackedLinear weight = workspace.Backend.PackLinear(Weight(new Shape(to, from)), default);
        return Time(workspace, $"linear {rows}x{from}x{to}", 2.0 * rows * from * to, new Shape(1, rows, from), x => workspace.Linear(x, weight));
    }

    static KernelFigure Attention(Workspace workspace, int tokens, int heads, int dimension) =>
        Time(workspace, $"attention, {heads} heads, {tokens} tokens", 4.0 * tokens * tokens * heads * dimension,
            new Shape(1, tokens, heads * dimension), x => workspace.Attention(x, x, x, heads));

    static KernelFigure GroupNorm(Workspace workspace, int size, int channels)
    {
        const int Groups = 32; // SDXL's
        using var outer = workspace.Scope();
        Tensor ones = workspace.Upload(Enumerable.Repeat(1f, channels).ToArray(), new Shape(channels));
        return Time(workspace, $"group norm + silu, {channels} channels at {size}x{size}", 0,
            new Shape(1, size, size, channels), x => workspace.GroupNorm(x, ones, ones, Groups, 1e-5f, Activation.Silu));
    }

    static KernelFigure Fourier(Workspace workspace, int size, int channels) =>
        Time(workspace, $"real FFT there and back, {channels} channels at {size}x{size}", 0,
            new Shape(1, size, size, channels), x => workspace.InverseRealFft2d(workspace.RealFft2d(x), size));

    static KernelFigure Time(Workspace workspace, string name, double flops, Shape shape, Func<Tensor, Tensor> operation)
    {
        using var scope = workspace.Scope();
        Tensor x = workspace.Upload(Values(shape), shape);
        double best = double.MaxValue;
        for (long begun = Stopwatch.GetTimestamp(); best == double.MaxValue || Stopwatch.GetElapsedTime(begun).TotalSeconds < Seconds;)
        {
            long start = Stopwatch.GetTimestamp();
            using (workspace.Scope()) Finish(workspace, operation(x));
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return new KernelFigure(name, best, flops);
    }

    // Operations may be queued; the download of one number waits for them.
    static void Finish(Workspace workspace, Tensor y)
    {
        if (workspace.Backend.Name.StartsWith("cpu", StringComparison.Ordinal)) return;
        workspace.Download(workspace.SliceChannels(y, 0, 1));
    }

    static HostTensor Weight(Shape shape) => new("weight", DType.F32, shape, MemoryMarshal.AsBytes(Values(shape).AsSpan()));

    // Small numbers of both signs, the same every time.
    static float[] Values(Shape shape)
    {
        var values = new float[shape.Count];
        uint state = 1;
        for (int i = 0; i < values.Length; i++)
        {
            state = state * 1664525 + 1013904223; // Numerical Recipes' linear congruential generator
            values[i] = ((int)state >> 16) * (1 / 32768f / 16);
        }
        return values;
    }
}
