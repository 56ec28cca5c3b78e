using System.Runtime.InteropServices;

namespace PgpSr.Cpu.Tests;

public sealed unsafe class ExecutableCodeTests
{
    [Fact]
    public void Code_runs_and_its_pages_cannot_be_written()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) Assert.Skip("the assembler writes x86-64");
        var assembler = new Assembler();
        assembler.Move(Register.Rax, -42);
        assembler.Return();
        using var code = ExecutableCode.TryCreate(assembler.ToArray(), out string? refusal);
        Assert.Null(refusal);
        Assert.Equal(-42, ((delegate* unmanaged<long>)code!.Pointer)());
        if (!OperatingSystem.IsLinux()) return;
        string start = $"{(nint)code.Pointer:x}-";
        string mapping = Assert.Single(File.ReadLines("/proc/self/maps"), line => line.StartsWith(start, StringComparison.Ordinal));
        Assert.Contains(" r-xp ", mapping, StringComparison.Ordinal);
    }
}
