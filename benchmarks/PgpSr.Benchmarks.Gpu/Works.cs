using System.Globalization;
using PgpSr.Tensors;

namespace PgpSr.Benchmarks.Gpu;

/// <summary>The operations of SDXL's networks at a latent of 128 x 128, two samples (a picture of 1024 x 1024 with guidance), and small ones for checks.</summary>
static class Works
{
    public static IReadOnlyList<Work> Full { get; } =
    [
        Linear(4096, 4096, 4096), Linear(8192, 640, 640), Geglu(8192, 640, 2560), Linear(8192, 2560, 640), Linear(2048, 1280, 1280), Geglu(2048, 1280, 5120),
        Linear(2048, 5120, 1280), Linear(154, 2048, 1280),
        Conv(2, 128, 320, 320, 3), Conv(2, 64, 640, 640, 3), Conv(2, 32, 1280, 1280, 3), Conv(2, 64, 1920, 640, 3), Conv(2, 32, 2560, 1280, 3), Conv(2, 64, 640, 640, 3, stride: 2),
        Conv(2, 128, 640, 320, 1), Conv(1, 512, 256, 256, 3), Conv(1, 1024, 128, 128, 3),
        Attention(2, 4096, 4096, 10, 64), Attention(2, 1024, 1024, 20, 64), Attention(2, 4096, 77, 10, 64), Attention(2, 1024, 77, 20, 64), Attention(1, 16384, 16384, 1, 512),
        .. Memory(2, 128, 320), .. Memory(2, 64, 640), Fft(1, 128, 320), Fft(1, 64, 640),
    ];

    /// <summary>Every operation at sizes that a processor computes in a moment, odd ones among them.</summary>
    public static IReadOnlyList<Work> Small { get; } =
    [
        Linear(150, 72, 136), Linear(77, 20, 33), Geglu(70, 64, 40), Conv(1, 16, 64, 72, 3), Conv(2, 11, 40, 20, 3, stride: 2), Conv(1, 9, 4, 32, 3), Conv(1, 9, 32, 3, 3),
        Conv(1, 12, 24, 40, 1), Attention(2, 100, 100, 2, 64), Attention(1, 70, 77, 3, 64), Attention(1, 65, 65, 1, 96), Attention(1, 40, 40, 1, 200),
        .. Memory(2, 9, 64), Fft(1, 12, 16), Fft(1, 15, 8),
    ];

    /// <summary>Sizes at which a processor that stands in for a device shows what tiles are worth.</summary>
    public static IReadOnlyList<Work> Middle { get; } =
    [
        Linear(512, 512, 512), Conv(1, 32, 320, 320, 3), Conv(1, 32, 128, 128, 3), Attention(1, 1024, 1024, 4, 64), .. Memory(1, 64, 320), Fft(1, 64, 64),
    ];

    static Work Linear(int rows, int inputs, int outputs) => Linear(rows, inputs, outputs, LinearForm.Plain, "linear");

    static Work Geglu(int rows, int inputs, int outputs) => Linear(rows, inputs, outputs, LinearForm.Geglu, "geglu");

    static Work Linear(int rows, int inputs, int outputs, LinearForm form, string operation)
    {
        int columns = form == LinearForm.Geglu ? 2 * outputs : outputs;
        var peer = new PeerCall(operation, rows, inputs, outputs);
        return new("linear", $"{operation} {rows} x {inputs} -> {outputs}", 2.0 * rows * inputs * columns, 4.0 * rows * (inputs + outputs) + 2.0 * inputs * columns, peer, backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, 1, rows, inputs);
            var weight = work.Own(backend.PackLinear(
                new HostTensor("weight", DType.F16, new Shape(columns, inputs), work.Weights(columns * inputs, inputs)), default, form));
            return End(work, work.Empty(1, rows, outputs), y => backend.Linear(x, weight, default, y));
        });
    }

    static Work Conv(int samples, int side, int inputs, int outputs, int kernel, int stride = 1)
    {
        var geometry = Conv2dGeometry.Square(kernel, stride, kernel / 2);
        int result = geometry.OutputHeight(side);
        string name = $"conv {kernel}x{kernel}{(stride > 1 ? $" stride {stride}" : "")} {samples} x {side} x {side} x {inputs} -> {outputs}";
        double flops = 2.0 * samples * result * result * kernel * kernel * inputs * outputs;
        var peer = new PeerCall("conv", samples, side, inputs, outputs, kernel, stride);
        return new("conv", name, flops, 4.0 * samples * ((double)side * side * inputs + (double)result * result * outputs) + 2.0 * kernel * kernel * inputs * outputs, peer, backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, samples, side, side, inputs);
            var weight = work.Own(backend.PackConv2d(
                new HostTensor("weight", DType.F16, new Shape(outputs, inputs, kernel, kernel), work.Weights(outputs * inputs * kernel * kernel, inputs * kernel * kernel)),
                default, geometry));
            return End(work, work.Empty(samples, result, result, outputs), y => backend.Conv2d(x, weight, default, y));
        });
    }

    static Work Attention(int samples, int queries, int keys, int heads, int depth) =>
        new("attention", $"attention {samples} x {queries} x {keys}, {heads} heads of {depth}", 4.0 * samples * queries * keys * heads * depth,
            4.0 * samples * heads * depth * (2.0 * queries + 2.0 * keys), new PeerCall("attention", samples, queries, keys, heads, depth), backend =>
            {
                var work = Begin(backend);
                var q = work.Random(1f, samples, queries, heads * depth);
                var k = work.Random(1f, samples, keys, heads * depth);
                var v = work.Random(1f, samples, keys, heads * depth);
                return End(work, work.Empty(samples, queries, heads * depth), y => backend.Attention(q, k, v, heads, 1f / MathF.Sqrt(depth), causal: false, y));
            });

    static IEnumerable<Work> Memory(int samples, int side, int channels)
    {
        string shape = string.Create(CultureInfo.InvariantCulture, $"{samples} x {side} x {side} x {channels}");
        double bytes = 4.0 * samples * side * side * channels;
        yield return Map("copy", 2 * bytes, (b, x, _, y) => b.Copy(x, y));
        yield return Map("add", 3 * bytes, (b, x, z, y) => b.Add(x, z, y));
        yield return Map("silu", 2 * bytes, (b, x, _, y) => b.Activate(x, Activation.Silu, y));
        yield return new("memory", $"group norm 32 + silu {shape}", 0, 2 * bytes, new PeerCall("memory", "group norm", samples, side, channels), backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, samples, side, side, channels);
            var gamma = work.Random(1f, channels);
            var beta = work.Random(1f, channels);
            return End(work, work.Empty(samples, side, side, channels), y => backend.GroupNorm(x, gamma, beta, Math.Min(32, channels / 2), 1e-5f, Activation.Silu, y));
        });
        yield return new("memory", $"layer norm {shape}", 0, 2 * bytes, new PeerCall("memory", "layer norm", samples, side, channels), backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, samples, side, side, channels);
            var gamma = work.Random(1f, channels);
            var beta = work.Random(1f, channels);
            return End(work, work.Empty(samples, side, side, channels), y => backend.LayerNorm(x, gamma, beta, 1e-5f, y));
        });

        Work Map(string operation, double moved, Action<Backend, Tensor, Tensor, Tensor> run) =>
            new("memory", $"{operation} {shape}", 0, moved, new PeerCall("memory", operation, samples, side, channels), backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, samples, side, side, channels);
            var z = work.Random(1f, samples, side, side, channels);
            return End(work, work.Empty(samples, side, side, channels), y => run(backend, x, z, y));
        });
    }

    // The two transforms move the map and its half spectrum four times at least: each is rows, then columns.
    static Work Fft(int samples, int side, int channels) =>
        new("fft", $"rfft2 + irfft2 {samples} x {side} x {side} x {channels}", 0, 8 * 4.0 * samples * side * side * channels,
            new PeerCall("fft", samples, side, channels), backend =>
        {
            var work = Begin(backend);
            var x = work.Random(1f, samples, side, side, channels);
            var spectrum = work.Empty(samples, side, side / 2 + 1, 2, channels);
            return End(work, work.Empty(samples, side, side, channels), y =>
            {
                backend.RealFft2d(x, spectrum);
                backend.InverseRealFft2d(spectrum, y);
            });
        });

    static PreparedWork Begin(Backend backend) => new(backend) { Run = () => { }, Result = null! };

    static PreparedWork End(PreparedWork work, Tensor result, Action<Tensor> run)
    {
        work.Result = result;
        work.Run = () => run(result);
        return work;
    }
}
