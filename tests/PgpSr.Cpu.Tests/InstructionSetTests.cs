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
}
