using System.Runtime.InteropServices;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Cpu.Tests;

public sealed class LinearTests
{
    public static TheoryData<DType> Types => [DType.F32, DType.F16, DType.BF16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Any_size_equals_the_definition(DType type)
    {
        // Rows around the tile and the row block, inputs around the pairs and the inner block, outputs around vectors and panels of all widths.
        (int Rows, int Inputs, int Outputs)[] sizes =
        [
            (1, 1, 1), (1, 7, 3), (2, 8, 16), (5, 9, 17), (6, 16, 63), (7, 31, 64), (11, 33, 65), (13, 40, 129), (49, 130, 20), (50, 64, 8),
            (1, 300, 70), (3, 1281, 33), (60, 1300, 12), (1030, 6, 40), (2053, 3, 5), (77, 96, 192),
        ];
        int seed = 1;
        foreach (var (rows, inputs, outputs) in sizes)
            new MatrixCase(seed++, new Shape(rows, inputs), type, outputs).Check($"{rows}x{inputs}x{outputs} {type}, seed {seed - 1}");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_epilogue_equals_the_definition(DType type)
    {
        int seed = 100;
        foreach (var activation in Enum.GetValues<Activation>())
        {
            for (int parts = 0; parts < 8; parts++, seed++)
            {
                new MatrixCase(
                    seed, new Shape(3, 5, 24), type, 37,
                    activation: activation, bias: (parts & 1) != 0, perChannel: (parts & 2) != 0, residual: (parts & 4) != 0)
                    .Check($"{activation}, parts {parts}, {type}, seed {seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Geglu_equals_the_definition(DType type)
    {
        int seed = 200;
        foreach (int outputs in new[] { 1, 2, 4, 15, 16, 17, 31, 32, 33, 48, 64, 65, 100 })
        {
            new MatrixCase(seed++, new Shape(2, 7, 35), type, 2 * outputs, form: LinearForm.Geglu, residual: outputs % 2 == 0)
                .Check($"GEGLU of {outputs}, {type}, seed {seed - 1}");
        }
        new MatrixCase(seed, new Shape(1, 50, 1400), type, 80, form: LinearForm.Geglu, bias: false)
            .Check($"GEGLU in two blocks, {type}, seed {seed}");
    }

    [Fact]
    public void No_rows_and_no_inputs_are_no_error()
    {
        new MatrixCase(1, new Shape(0, 8), DType.F32, 5).Check("no rows");
        new MatrixCase(2, new Shape(7, 0), DType.F16, 5, activation: Activation.Silu).Check("no inputs");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Thread_count_and_batch_size_change_no_bit(DType type)
    {
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            var whole = new MatrixCase(300, new Shape(1100, 70), type, 150, activation: Activation.Gelu);
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = threads });
                float[] y = whole.Run(backend);
                first ??= y;
                Assert.True(first.AsSpan().SequenceEqual(y), $"{set}, {threads} threads");
                using var packed = whole.PackLinear(backend);
                foreach (int rows in new[] { 1, 5, 48, 1027 })
                {
                    using var x = backend.CreateTensor(new Shape(rows, 70));
                    using var part = backend.CreateTensor(new Shape(rows, 150));
                    backend.Upload(MemoryMarshal.AsBytes(whole.X.AsSpan(0, rows * 70)), x);
                    backend.Linear(x, packed, new Epilogue(Activation.Gelu), part);
                    var values = new float[rows * 150];
                    backend.Download(part, MemoryMarshal.AsBytes(values.AsSpan()));
                    Assert.True(first.AsSpan(0, values.Length).SequenceEqual(values), $"{set}, {rows} rows alone");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Infinities_and_NaN_reach_exactly_the_results_that_depend_on_them(DType type)
    {
        const int rows = 9, inputs = 20, outputs = 70;
        var values = new SeededData(400).Uniform(outputs * inputs, 0.5f, 1);
        values[3 * inputs + 4] = float.PositiveInfinity;
        values[40 * inputs + 4] = float.NaN;
        values[69 * inputs + 19] = float.NegativeInfinity;
        var weight = StoredWeights.From(type, new Shape(outputs, inputs), values);
        float[] x = new SeededData(401).Uniform(rows * inputs, 0.5f, 1);
        x[5 * inputs + 7] = float.NaN;
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set });
            using var packed = backend.PackLinear(weight.Tensor, default);
            using var input = backend.CreateTensor(new Shape(rows, inputs));
            using var output = backend.CreateTensor(new Shape(rows, outputs));
            backend.Upload(MemoryMarshal.AsBytes(x.AsSpan()), input);
            backend.Linear(input, packed, default, output);
            var y = new float[rows * outputs];
            backend.Download(output, MemoryMarshal.AsBytes(y.AsSpan()));
            for (int row = 0; row < rows; row++)
            {
                for (int j = 0; j < outputs; j++)
                {
                    float value = y[row * outputs + j];
                    if (row == 5 || j == 40) Assert.True(float.IsNaN(value), $"{set} {row},{j}: {value}");
                    else if (j == 3) Assert.Equal(float.PositiveInfinity, value);
                    else if (j == 69) Assert.Equal(float.NegativeInfinity, value);
                    else Assert.True(float.IsFinite(value), $"{set} {row},{j}: {value}");
                }
            }
        }
    }

    [Fact]
    public void Every_finite_half_and_bfloat16_is_widened_exactly()
    {
        foreach (var type in new[] { DType.F16, DType.BF16 })
        {
            // One input of 1, so that each result is a weight: all 65536 bit patterns but infinities and NaN.
            var words = Enumerable.Range(0, 65536).Select(i => (ushort)i)
                .Where(w => float.IsFinite(Value(type, w))).ToArray();
            var bytes = MemoryMarshal.AsBytes(words.AsSpan());
            foreach (string set in CpuBackend.AvailableKernelSets)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set });
                using var packed = backend.PackLinear(new HostTensor("w", type, new Shape(words.Length, 1), bytes), default);
                using var x = backend.CreateTensor(new Shape(1, 1));
                using var y = backend.CreateTensor(new Shape(1, words.Length));
                float[] one = [1];
                backend.Upload(MemoryMarshal.AsBytes(one.AsSpan()), x);
                backend.Linear(x, packed, default, y);
                var values = new float[words.Length];
                backend.Download(y, MemoryMarshal.AsBytes(values.AsSpan()));
                for (int i = 0; i < words.Length; i++)
                {
                    float expected = Value(type, words[i]);
                    Assert.True(expected == values[i], $"{set} {type} {words[i]:x4}: {values[i]:r} for {expected:r}");
                }
            }
        }
    }

    [Fact]
    public void Weights_cost_the_width_of_their_file()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v512" });
        long Bytes(DType type) => new MatrixCase(500, new Shape(1, 640), type, 1280).PackLinear(backend).ByteCount;
        Assert.Equal(640 * 1280 * 4 + 1280 * 4, Bytes(DType.F32));
        Assert.Equal(640 * 1280 * 2 + 1280 * 4, Bytes(DType.F16));
        Assert.Equal(640 * 1280 * 2 + 1280 * 4, Bytes(DType.BF16));
    }

    [Fact]
    public void A_cancelled_product_stops_within_50_ms()
    {
        using var backend = CpuBackend.Create();
        using var x = backend.CreateTensor(new Shape(16384, 2560));
        using var y = backend.CreateTensor(new Shape(16384, 2560));
        backend.Upload(new byte[x.ByteCount], x);
        using var packed = new MatrixCase(600, new Shape(1, 2560), DType.F16, 2560).PackLinear(backend);
        // 215 GFLOP: no machine that this runs on is through in 30 ms.
        using var stop = new StopRequest(TimeSpan.FromMilliseconds(30));
        backend.CancellationToken = stop.Token;
        Assert.Throws<OperationCanceledException>(() => backend.Linear(x, packed, default, y));
        Assert.InRange(stop.Late.TotalMilliseconds, 0, 50);
    }

    [Fact]
    public void Misfits_are_named()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v128" });
        using var other = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v512" });
        using var reference = new ReferenceBackend();
        var layer = new MatrixCase(700, new Shape(2, 8), DType.F32, 6);
        using var x = backend.CreateTensor(new Shape(2, 8));
        using var y = backend.CreateTensor(new Shape(2, 6));
        using var foreign = layer.PackLinear(reference);
        Refused("another kind of backend", () => backend.Linear(x, foreign, default, y));
        using var wide = layer.PackLinear(other);
        Refused("kernel set", () => backend.Linear(x, wide, default, y));
        Refused("even number", () => backend.PackLinear(Named("up", 3, 4), default, LinearForm.Geglu));
        Refused("takes a bias", () => backend.PackLinear(Named("up", 4, 4), Named("b", 1, 4)));
        Refused("expected a matrix", () => backend.PackLinear(Named("up", 4), default));
    }

    static void Refused(string reason, Action action) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);

    static float Value(DType type, ushort word) =>
        type == DType.F16 ? (float)BitConverter.UInt16BitsToHalf(word) : BitConverter.UInt32BitsToSingle((uint)word << 16);

    static HostTensor Named(string name, params ReadOnlySpan<int> axes)
    {
        var shape = new Shape(axes);
        return new HostTensor(name, DType.F32, shape, new byte[shape.Count * 4]);
    }
}
