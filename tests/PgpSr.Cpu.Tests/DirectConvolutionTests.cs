using System.Runtime.InteropServices;
using PgpSr.Tensors;

namespace PgpSr.Cpu.Tests;

public sealed class DirectConvolutionTests
{
    public static TheoryData<DType> Types => [DType.F32, DType.F16, DType.BF16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Any_geometry_equals_the_definition(DType type)
    {
        (Shape X, int Outputs, Conv2dGeometry Geometry)[] cases =
        [
            (new Shape(1, 5, 7, 4), 20, Conv2dGeometry.Square(3, 1, 1)),
            (new Shape(2, 6, 9, 3), 33, Conv2dGeometry.Square(3, 1, 1)), // an odd number of inputs, samples that share a tile
            (new Shape(1, 1, 1, 5), 6, Conv2dGeometry.Square(3, 1, 1)), // mostly padding
            (new Shape(1, 9, 8, 6), 70, Conv2dGeometry.Square(3, 2, 1)),
            (new Shape(2, 8, 8, 8), 12, Conv2dGeometry.DownsampleRightBottom),
            (new Shape(3, 4, 5, 17), 31, Conv2dGeometry.Square(1)),
            (new Shape(1, 12, 11, 2), 9, Conv2dGeometry.Square(5, 3, 2)),
            (new Shape(1, 7, 9, 3), 4, new Conv2dGeometry(2, 4, 1, 3, 0, 1, 5)), // padding as wide as the kernel
            (new Shape(1, 6, 6, 10), 64, new Conv2dGeometry(1, 3, 2, 0, 1, 0, 0)),
            (new Shape(1, 40, 30, 2), 5, Conv2dGeometry.Square(3, 1, 1)), // several row blocks
            (new Shape(1, 8, 8, 200), 10, Conv2dGeometry.Square(3, 1, 1)), // blocks of taps
            (new Shape(1, 3, 3, 1300), 7, Conv2dGeometry.Square(3, 1, 1)), // blocks within a tap
            (new Shape(2, 9, 6, 21), 17, Conv2dGeometry.Square(3, 1, 1)), // the most channels whose kernel rows share a pointer
            (new Shape(1, 9, 6, 22), 17, Conv2dGeometry.Square(3, 1, 1)), // and one more
            (new Shape(1, 30, 8, 4), 9, Conv2dGeometry.Square(16, 1, 8)), // kernel rows in several blocks
            (new Shape(0, 3, 3, 4), 4, Conv2dGeometry.Square(3, 1, 1)),
        ];
        int seed = 1000;
        foreach (var (x, outputs, geometry) in cases)
        {
            new MatrixCase(
                seed, x, type, outputs, geometry,
                bias: seed % 2 == 0, perChannel: seed % 3 == 0, residual: seed % 4 < 2, activation: (Activation)(seed % 6))
                .Check($"{x} to {outputs}, {geometry}, {type}, seed {seed}");
            seed++;
        }
    }

    [Fact]
    public void Thread_count_and_batch_size_change_no_bit()
    {
        var geometry = Conv2dGeometry.Square(3, 1, 1);
        foreach (string set in CpuBackend.AvailableKernelSets)
        {
            var two = new MatrixCase(1100, new Shape(2, 23, 25, 20), DType.F16, 70, geometry);
            float[]? first = null;
            for (int threads = 1; threads <= 3; threads++)
            {
                using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = set, Threads = threads, Winograd = false });
                float[] y = two.Run(backend);
                first ??= y;
                Assert.True(first.AsSpan().SequenceEqual(y), $"{set}, {threads} threads");
                using var packed = two.PackConv(backend, geometry);
                using var x = backend.CreateTensor(new Shape(1, 23, 25, 20));
                using var part = backend.CreateTensor(new Shape(1, 23, 25, 70));
                backend.Upload(MemoryMarshal.AsBytes(two.X.AsSpan(23 * 25 * 20)), x);
                backend.Conv2d(x, packed, default, part);
                var values = new float[23 * 25 * 70];
                backend.Download(part, MemoryMarshal.AsBytes(values.AsSpan()));
                Assert.True(first.AsSpan(23 * 25 * 70).SequenceEqual(values), $"{set}, the second sample alone");
            }
        }
    }

    [Fact]
    public void Weights_cost_the_width_of_their_file()
    {
        using var backend = CpuBackend.Create(new CpuBackendOptions { KernelSet = "v512", Winograd = false });
        var geometry = Conv2dGeometry.Square(3, 1, 1);
        long Bytes(DType type) => new MatrixCase(1200, new Shape(1, 1, 1, 320), type, 640, geometry).PackConv(backend, geometry).ByteCount;
        Assert.Equal(9 * 320 * 640 * 4 + 640 * 4, Bytes(DType.F32));
        Assert.Equal(9 * 320 * 640 * 2 + 640 * 4, Bytes(DType.F16));
    }

    [Fact]
    public void A_weight_of_another_kernel_size_is_refused()
    {
        using var backend = CpuBackend.Create();
        var layer = new MatrixCase(1300, new Shape(1, 4, 4, 2), DType.F32, 3, Conv2dGeometry.Square(3, 1, 1));
        var error = Assert.Throws<ArgumentException>(() => layer.PackConv(backend, Conv2dGeometry.Square(1)));
        Assert.Contains("expected [out, in, 1, 1], got F32 [3, 2, 3, 3]", error.Message, StringComparison.Ordinal);
    }
}
