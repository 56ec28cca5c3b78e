using System.Runtime.Intrinsics;

namespace PgpSr.Cpu.Tests;

/// <summary>The runtime's switches that take instruction sets away: a pass of the suite under one of them proves nothing unless it took
/// effect.</summary>
public sealed class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", 512)]
    [InlineData("DOTNET_EnableAVX2", 256)]
    [InlineData("DOTNET_EnableHWIntrinsic", 128)]
    public void A_switch_takes_its_width_away(string variable, int bits)
    {
        if (Environment.GetEnvironmentVariable(variable) != "0") Assert.Skip($"{variable}=0 is not set");
        if (bits <= 512) Assert.False(Vector512.IsHardwareAccelerated);
        if (bits <= 256) Assert.False(Vector256.IsHardwareAccelerated);
        if (bits <= 128) Assert.False(Vector128.IsHardwareAccelerated);
    }

    [Fact]
    public void Kernel_sets_are_offered_by_one_rule()
    {
        Assert.Equal(Vector512.IsHardwareAccelerated, CpuBackend.AcceleratedKernelSets.Contains("v512"));
        Assert.Equal(Vector256.IsHardwareAccelerated, CpuBackend.AcceleratedKernelSets.Contains("v256"));
        Assert.Contains("v128", CpuBackend.AcceleratedKernelSets);
        Assert.Equal(["v512", "v256", "v128"], CpuBackend.AvailableKernelSets);
    }

    [Theory]
    [InlineData(true, true, true, true, null)]
    [InlineData(false, false, false, false, null)]
    [InlineData(true, false, true, false, null)]
    [InlineData(true, true, true, false, "x86-64-v4")]
    [InlineData(true, true, false, false, "x86-64-v3")]
    [InlineData(true, false, false, false, "x86-64-v3")]
    public void A_build_for_less_than_the_processor_has_says_so(bool avx2, bool avx512, bool builtForAvx2, bool builtForAvx512, string? way)
    {
        string? warning = ProcessorVectors.Narrow((avx2, avx512), builtForAvx2, builtForAvx512);
        Assert.Equal(way is null, warning is null);
        if (way is not null) Assert.Contains(way, warning, StringComparison.Ordinal);
        Assert.Null(CpuBackend.Warning); // the JIT takes what there is
    }
}
