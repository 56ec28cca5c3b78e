using PgpSr.Conformance;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Whole networks with both kinds of kernels on one device: those compiled beforehand, and those that ILGPU compiles while running.</summary>
public abstract class CompiledBytes(BackendFixture compiled, BackendFixture ilgpu)
{
    [Theory]
    [MemberData(nameof(GoldenNetworkCases.ForTheStandIn), MemberType = typeof(GoldenNetworkCases))]
    public void Both_kinds_of_kernels_give_the_same_bytes(string path)
    {
        using var golden = GoldenCase.Open(path);
        using var one = compiled.Create();
        using var other = ilgpu.Create();
        foreach (var ((name, values), (_, expected)) in GoldenNetworks.Run(golden, one).Zip(GoldenNetworks.Run(golden, other)))
            Assert.True(values.AsSpan().SequenceEqual(expected), $"{golden.Name} {name}");
    }
}

public sealed class CompiledBytesOpenCl() : CompiledBytes(GpuFixtures.OpenClCompiled, GpuFixtures.OpenCl);

public sealed class CompiledBytesCuda() : CompiledBytes(GpuFixtures.Cuda, GpuFixtures.CudaIlgpu);
