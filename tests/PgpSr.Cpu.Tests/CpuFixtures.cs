using PgpSr.Conformance;

namespace PgpSr.Cpu.Tests;

/// <summary>The CPU backend with each kernel set, for the conformance suites. Two threads, so that work is shared.</summary>
static class CpuFixtures
{
    public static BackendFixture V512 { get; } = Of("v512");

    public static BackendFixture V256 { get; } = Of("v256");

    public static BackendFixture V128 { get; } = Of("v128");

    static BackendFixture Of(string kernels) =>
        new($"cpu {kernels}", () => CpuBackend.Create(new CpuBackendOptions { KernelSet = kernels, Threads = 2 }));
}
