using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

public sealed class WinogradTests
{
    static readonly Conv2dGeometry s_same = Conv2dGeometry.Square(3, 1, 1);

    public static TheoryData<DType> Types => [DType.F32, DType.F16, DType.BF16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Any_size_equals_the_definition(DType type)
    {
        (Shape X, int Outputs, Conv2dGeometry Geometry)[] cases =
        [
            (new Shape(1, 4, 4, 16), 16, s_same),
            (new Shape(1, 1, 1, 5), 6, s_same), // mostly padding
            (new Shape(2, 6, 9, 3), 33, s_same), // an odd number of inputs, tiles that stick out
            (new Shape(3, 5, 7, 17), 70, s_same),
            (new Shape(1, 8, 12, 64), 65, s_same),
            (new Shape(1, 7, 3, 65), 129, s_same), // two blocks of channels, three panels
            (new Shape(1, 9, 10, 200), 20, s_same),
            (new Shape(1, 6, 6, 8), 12, Conv2dGeometry.Square(3, 1, 0)),
            (new Shape(2, 7, 8, 6), 10, new Conv2dGeometry(3, 3, 1, 1, 0, 0, 1)),
            (new Shape(1, 5, 9, 6), 10, new Conv2dGeometry(3, 3, 1, 0, 1, 1, 0)),
            (new Shape(1, 5, 6, 4), 7, new Conv2dGeometry(3, 3, 1, 5, 2, 3, 8)), // padding wider than the kernel
            (new Shape(1, 90, 85, 3), 5, s_same), // several blocks of tiles
            (new Shape(0, 3, 3, 4), 4, s_same),
        ];
        int seed = 2000;
        foreach (var (x, outputs, geometry) in cases)
        {
            new MatrixCase(seed, x, type, outputs, geometry, bias: seed % 2 == 0, perChannel: seed % 3 == 0, residual: seed % 4 < 2,
                activation: (Activation)(seed % 6))
                .Check($"{x} to {outputs}, {geometry}, {type}, seed {seed}", ConvMethod.Winograd);
            seed++;
        }
    }

    // Few outputs are computed in another order of work, and each one's sum in the same: with one output more there are too many for it.
    [Theory]
    [InlineData(16, 64)]
    [InlineData(70, 64)]
    [InlineData(192, 64)]
    public void Few_outputs_have_the_bits_they_have_among_many(int inputs, int outputs)
    {
        Assert.True(WinogradPlan.TakesNarrow(inputs, outputs) && !WinogradPlan.TakesNarrow(inputs, outputs + 1));
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2, ConvMethod = ConvMethod.Winograd });
        using var ws = new Workspace(backend);
        var x = ws.Upload(new SeededData(1).Uniform(2 * 33 * 41 * inputs), new Shape(2, 33, 41, inputs));
        float[] weights = new SeededData(2).Uniform((outputs + 1) * inputs * 9);
        Tensor Convolve(int count)
        {
            byte[] bytes = MemoryMarshal.AsBytes(weights.AsSpan(0, count * inputs * 9)).ToArray();
            using var packed = backend.PackConv2d(new HostTensor("conv", DType.F32, new Shape(count, inputs, 3, 3), bytes), default, s_same);
            return ws.Conv2d(x, packed);
        }
        Assert.Equal(ws.Download(ws.SliceChannels(Convolve(outputs + 1), 0, outputs)), ws.Download(Convolve(outputs)));
    }

    [Fact]
    public void Several_strips_equal_the_definition()
    {
        // 5700 tiles x 36 products x 16 channels: more than a strip's 12 MB.
        Assert.True(WinogradPlan.For(new ConvMaps(0, 16, 1, 300, 304, 300, 304), 16, 3, 16, 2) is { Tiles: 5700, StripTiles: < 5700 });
        new MatrixCase(2100, new Shape(1, 300, 304, 16), DType.F32, 3, s_same).Check("several strips", ConvMethod.Winograd);
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(320, 320)]
    [InlineData(640, 320)]
    public void The_error_is_no_worse_than_four_times_the_direct_sums(int inputs, int outputs)
    {
        // Activations as a network has them, normalized and passed through SiLU: a mean, and large values now and then.
        const int Side = 12;
        var data = new SeededData(2200 + inputs);
        var x = data.Normal((long)Side * Side * inputs);
        for (int i = 0; i < x.Length; i++) x[i] = x[i] / (1 + MathF.Exp(-x[i]));
        var values = data.Normal(9L * inputs * outputs);
        for (int i = 0; i < values.Length; i++) values[i] /= MathF.Sqrt(9 * inputs);
        var weight = StoredWeights.From(DType.F32, new Shape(outputs, inputs, 3, 3), values);
        using var reference = new ReferenceBackend();
        float[] expected = Convolve(reference, weight, x, Side, Side);
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            double direct = RelativeError(expected, Convolve(set, ConvMethod.Direct, weight, x, Side));
            double winograd = RelativeError(expected, Convolve(set, ConvMethod.Winograd, weight, x, Side));
            Assert.True(winograd <= 4 * direct, $"{set}, {inputs} inputs: {winograd:e2} beside {direct:e2}");
            // However the direct sum may be improved: 4.8 times that of sums of 64 terms, about a third of a unit roundoff each.
            Assert.True(winograd <= 4.8 * Math.Sqrt(64) / 3 * Tolerance.UnitRoundoff * 1.5, $"{set}, {inputs} inputs: {winograd:e2}");
        }
    }

    [Fact]
    public void Thread_count_and_batch_size_change_no_bit()
    {
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            var two = new MatrixCase(2300, new Shape(2, 23, 25, 70), DType.F16, 100, s_same);
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = threads, ConvMethod = ConvMethod.Winograd });
                float[] y = two.Run(backend);
                first ??= y;
                Assert.True(first.AsSpan().SequenceEqual(y), $"{set}, {threads} threads");
                using var packed = two.PackConv(backend, s_same);
                using var x = backend.CreateTensor(new Shape(1, 23, 25, 70));
                using var part = backend.CreateTensor(new Shape(1, 23, 25, 100));
                backend.Upload(MemoryMarshal.AsBytes(two.X.AsSpan(23 * 25 * 70)), x);
                backend.Conv2d(x, packed, default, part);
                var values = new float[23 * 25 * 100];
                backend.Download(part, MemoryMarshal.AsBytes(values.AsSpan()));
                Assert.True(first.AsSpan(23 * 25 * 100).SequenceEqual(values), $"{set}, the second sample alone");
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_stays_in_the_tiles_that_read_it(float value)
    {
        const int Side = 16, Inputs = 5, Outputs = 18;
        var data = new SeededData(2400);
        float[] x = data.Uniform(Side * Side * Inputs);
        var weight = StoredWeights.From(DType.F32, new Shape(Outputs, Inputs, 3, 3), data.Uniform(Outputs * Inputs * 9));
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            float[] clean = Convolve(set, ConvMethod.Winograd, weight, x, Side);
            foreach (var (row, column) in new[] { (5, 6), (7, 8), (8, 3), (0, 15), (11, 11) })
            {
                float[] stained = [.. x];
                stained[(row * Side + column) * Inputs + 2] = value;
                float[] y = Convolve(set, ConvMethod.Winograd, weight, stained, Side);
                for (int i = 0; i < y.Length; i++)
                {
                    int yRow = i / Outputs / Side, yColumn = i / Outputs % Side;
                    // A tile of results 4t .. 4t+3 reads pixels 4t-1 .. 4t+4.
                    bool tile = Reads(yRow, row) && Reads(yColumn, column), tap = Math.Abs(yRow - row) <= 1 && Math.Abs(yColumn - column) <= 1;
                    if (tap) Assert.False(float.IsFinite(y[i]), $"{set}, {row},{column}: {yRow},{yColumn} is {y[i]}");
                    if (!tile) Assert.True(y[i] == clean[i], $"{set}, {row},{column}: {yRow},{yColumn} is {y[i]}, was {clean[i]}");
                }
            }
        }

        static bool Reads(int result, int pixel) => pixel >= result / 4 * 4 - 1 && pixel <= result / 4 * 4 + 4;
    }

    [Fact]
    public void No_weight_is_kept_transformed_and_scratch_stays_within_its_bound()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { Threads = 2, ConvMethod = ConvMethod.Winograd });
        var layer = new MatrixCase(2500, new Shape(1, 32, 32, 320), DType.F16, 320, s_same);
        using var packed = layer.PackConv(backend, s_same);
        long weightBytes = packed.ByteCount;
        Assert.Equal(9 * 320 * 320 * 2 + 320 * 4, weightBytes);
        using var x = backend.CreateTensor(layer.XShape);
        using var y = backend.CreateTensor(layer.XShape);
        backend.Upload(MemoryMarshal.AsBytes(layer.X.AsSpan()), x);
        for (int i = 0; i < 3; i++) backend.Conv2d(x, packed, default, y);
        Assert.Equal(weightBytes, packed.ByteCount);
        // A worker's share exists from the first run that it has part in.
        // 64 tiles' inputs, and for each worker 36 x (64 channels + 64 tiles) x 64 columns beside 9 x 64 x 64 widened weights; paddings.
        Assert.InRange(backend.ScratchBytes, 1, (36L * 64 * 320 + 2 * (36 * 128 * 64 + 9 * 64 * 64) + 36 * 16 * 10 + 2000) * sizeof(float));
    }

    [Fact]
    public void Scratch_is_bounded_whatever_the_size()
    {
        foreach (int inputs in new[] { 1, 4, 320, 1280, 2560, 3840 })
        {
            foreach (int side in new[] { 1, 16, 128, 1024 })
            {
                var plan = WinogradPlan.For(new ConvMaps(0, inputs, 2, side, side, side, side), inputs, 320, 16, 2);
                Assert.InRange(36L * plan.StripTiles * plan.InputBlock * plan.InputBlocks * sizeof(float), 1, 25 << 20);
                Assert.True(plan.InputBlock <= 64 && plan.InputBlock % 16 == 0);
                Assert.True(plan.InputBlock * (plan.InputBlocks - 1) < inputs && plan.InputBlock * plan.InputBlocks >= inputs);
                Assert.True(plan.StripTiles <= plan.Tiles && plan.TileBlock <= 128);
            }
        }
    }

    [Fact]
    public void A_cancelled_convolution_stops_within_50_ms()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { ConvMethod = ConvMethod.Winograd });
        using var x = backend.CreateTensor(new Shape(1, 256, 256, 1280));
        using var y = backend.CreateTensor(new Shape(1, 256, 256, 640));
        backend.Upload(new byte[x.ByteCount], x);
        using var packed = new MatrixCase(2600, new Shape(1, 1, 1, 1280), DType.F16, 640, s_same).PackConv(backend, s_same);
        backend.Conv2d(x, packed, default, y);
        for (int attempt = 0; attempt < 5; attempt++)
        {
            using var stop = new StopRequest(TimeSpan.FromMilliseconds(20 + attempt));
            backend.CancellationToken = stop.Token;
            Assert.Throws<OperationCanceledException>(() => backend.Conv2d(x, packed, default, y));
            Assert.InRange(stop.Late.TotalMilliseconds, 0, 50);
        }
    }

    [Fact]
    public void The_rule_chooses_what_was_measured_to_be_faster()
    {
        Assert.Equal(ConvMethod.Winograd, ConvAlgorithm.Choose(s_same, 320, 64, 64));
        Assert.Equal(ConvMethod.Winograd, ConvAlgorithm.Choose(s_same, 1280, 8, 8));
        Assert.Equal(ConvMethod.Winograd, ConvAlgorithm.Choose(new Conv2dGeometry(3, 3, 1, 0, 1, 1, 0), 16, 9, 9));
        Assert.Equal(ConvMethod.Direct, ConvAlgorithm.Choose(s_same, 1280, 5, 5));
        Assert.Equal(ConvMethod.Direct, ConvAlgorithm.Choose(s_same, 4, 128, 128)); // few channels
        Assert.Equal(ConvMethod.Direct, ConvAlgorithm.Choose(s_same, 320, 1, 400)); // three quarters of each tile unused
        Assert.Equal(ConvMethod.Direct, ConvAlgorithm.Choose(Conv2dGeometry.Square(3, 2, 1), 320, 64, 64));
        Assert.Equal(ConvMethod.Direct, ConvAlgorithm.Choose(Conv2dGeometry.Square(1), 320, 64, 64));
    }

    [Fact]
    public void The_option_and_the_rule_are_obeyed()
    {
        var layer = new MatrixCase(2700, new Shape(1, 16, 16, 64), DType.F32, 64, s_same);
        float[] Run(CpuBackendOptions options)
        {
            using var backend = CpuBackend.Create(options);
            return layer.Run(backend);
        }
        float[] direct = Run(new CpuBackendOptions { ConvMethod = ConvMethod.Direct });
        float[] winograd = Run(new CpuBackendOptions { ConvMethod = ConvMethod.Winograd });
        Assert.False(direct.AsSpan().SequenceEqual(winograd), "the algorithms round differently");
        Assert.True(winograd.AsSpan().SequenceEqual(Run(new CpuBackendOptions())), "the rule");
        Assert.True(direct.AsSpan().SequenceEqual(Run(new CpuBackendOptions { Winograd = false })), "the option");
    }

    static float[] Convolve(string set, ConvMethod method, StoredWeights weight, float[] x, int side)
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = 2, ConvMethod = method });
        return Convolve(backend, weight, x, side, side);
    }

    static float[] Convolve(Backend backend, StoredWeights weight, float[] values, int height, int width)
    {
        using var packed = backend.PackConv2d(weight.Tensor, default, s_same);
        using var x = backend.CreateTensor(new Shape(1, height, width, packed.Inputs));
        using var y = backend.CreateTensor(new Shape(1, height, width, packed.Outputs));
        backend.Upload(MemoryMarshal.AsBytes(values.AsSpan()), x);
        backend.Conv2d(x, packed, default, y);
        var result = new float[y.Shape.Count];
        backend.Download(y, MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }

    static double RelativeError(float[] expected, float[] actual)
    {
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += ((double)actual[i] - expected[i]) * ((double)actual[i] - expected[i]);
            size += (double)expected[i] * expected[i];
        }
        return Math.Sqrt(error / size);
    }
}
