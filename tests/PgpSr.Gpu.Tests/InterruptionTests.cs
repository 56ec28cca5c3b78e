using PgpSr.Conformance;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>What ends halfway gives its memory back at once, not when the backend ends.</summary>
public abstract class InterruptionTests(BackendFixture fixture)
{
    const int Inputs = 40, Outputs = 24;

    [Theory]
    [MemberData(nameof(Takers))]
    public void What_is_cancelled_halfway_gives_its_memory_back(string taker)
    {
        using var backend = (GpuBackend)fixture.Create();
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        backend.CancellationToken = cancellation.Token;
        Assert.ThrowsAny<OperationCanceledException>(() => Take(backend, taker));
        Assert.Equal(0, backend.MemoryBytes);
    }

    // Enough for the first block of each and too little for its second; each has two.
    [Theory]
    [InlineData("linear", Inputs * Outputs * sizeof(float))]
    [InlineData("convolution", 9 * Inputs * Outputs * sizeof(float))]
    [InlineData("transform", 2 * Side * sizeof(float))]
    public void What_has_no_memory_for_its_second_block_gives_the_first_back(string taker, long first)
    {
        using var probe = (GpuBackend)fixture.Create();
        var options = new GpuBackendOptions { Device = probe.Device.Id, Precision = GpuPrecision.F32, MemoryLimit = first + Operands(taker) + 4 };
        using var backend = GpuBackend.Create(options);
        Assert.Throws<MemoryLimitException>(() => Take(backend, taker));
        Assert.Equal(0, backend.MemoryBytes);
    }

    public static TheoryData<string> Takers => ["linear", "convolution", "transform"];

    // Longer than any other block of its operands.
    const int Side = 64;

    static long Operands(string taker) => taker == "transform" ? (Side + 2 * (Side / 2 + 1)) * sizeof(float) : 0;

    static void Take(GpuBackend backend, string taker)
    {
        var data = new SeededData(1);
        if (taker == "transform")
        {
            using var x = backend.CreateTensor(new Shape(1, 1, Side, 1));
            using var spectrum = backend.CreateTensor(new Shape(1, 1, Side / 2 + 1, 2, 1));
            backend.RealFft2d(x, spectrum);
            return;
        }
        bool convolution = taker == "convolution";
        var shape = convolution ? new Shape(Outputs, Inputs, 3, 3) : new Shape(Outputs, Inputs);
        byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(data.Uniform(shape.Count)).ToArray();
        var weight = new HostTensor("layer.weight", DType.F32, shape, bytes);
        using IDisposable packed = convolution ? backend.PackConv2d(weight, default, Conv2dGeometry.Square(3, 1, 1)) : backend.PackLinear(weight, default);
    }
}

public sealed class InterruptionSimulated() : InterruptionTests(GpuFixtures.Simulated);

public sealed class InterruptionOpenCl() : InterruptionTests(GpuFixtures.OpenClCompiled);

public sealed class InterruptionOpenClNaive() : InterruptionTests(GpuFixtures.OpenClCompiledNaive);

public sealed class InterruptionCuda() : InterruptionTests(GpuFixtures.Cuda);
