using PgpSr.Conformance;

namespace PgpSr.Cpu.Tests;

/// <summary>The suite for convolutions with Winograd's algorithm forced wherever it can serve.</summary>
static class WinogradFixtures
{
    public static BackendFixture Of(string kernels) =>
        new($"cpu {kernels}, Winograd",
            () => CpuBackend.Create(new CpuBackendOptions { KernelSet = kernels, Threads = 2, ConvMethod = ConvMethod.Winograd }));
}

public sealed class WinogradConformanceV512() : Conv2dConformance(WinogradFixtures.Of("v512"));

public sealed class WinogradConformanceV256() : Conv2dConformance(WinogradFixtures.Of("v256"));

public sealed class WinogradConformanceV128() : Conv2dConformance(WinogradFixtures.Of("v128"));
