using System.Runtime.InteropServices;

namespace PgpSr.Cpu.Tests;

/// <summary>A system that lets no memory become executable, as for hardened services: a seccomp filter, on a thread that ends with its test.</summary>
public sealed unsafe partial class ForbiddenCodeTests
{
    const int NoNewPrivileges = 38, SetSeccomp = 22, FilterMode = 2;

    [Fact]
    public void Without_executable_memory_there_are_no_kernels_but_a_reason()
    {
        bool linux = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        if (!linux) Assert.Skip("the filter is Linux's, for x86-64");
        var pairs = new ProcessorFeatures(PairProducts: true, TileProducts: false);
        // Once without the filter, so that the runtime has nothing left to compile under it.
        Assert.NotNull(Bfloat16Kernels.TryCreate(pairs, out string? refusal));
        Assert.Null(refusal);
        bool filtered = false, any = false;
        var thread = new Thread(() =>
        {
            filtered = TryForbid();
            if (filtered) any = Bfloat16Kernels.TryCreate(pairs, out refusal) is not null;
        });
        thread.Start();
        thread.Join();
        if (!filtered) Assert.Skip("this system takes no seccomp filter");
        Assert.False(any);
        Assert.StartsWith("the system does not allow memory to become executable (", refusal, StringComparison.Ordinal);
    }

    // Classic BPF over struct seccomp_data (number at 0, low half of the third argument at 32): mprotect (10) with PROT_EXEC (4) fails with
    // EACCES (13).
    static bool TryForbid()
    {
        const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfAnyBit = 0x45, Return = 0x06;
        const uint Allow = 0x7fff0000, Error = 0x00050000;
        ReadOnlySpan<Filter> program =
        [
            new(LoadWord, 0, 0, 0), new(JumpIfEqual, 0, 3, 10), new(LoadWord, 0, 0, 32), new(JumpIfAnyBit, 0, 1, 4), new(Return, 0, 0, Error | 13),
            new(Return, 0, 0, Allow),
        ];
        fixed (Filter* filter = program)
        {
            var call = new FilterProgram { Length = (ushort)program.Length, First = filter };
            return Control(NoNewPrivileges, 1, 0, 0, 0) == 0 && Control(SetSeccomp, FilterMode, (nint)(&call), 0, 0) == 0;
        }
    }

    readonly record struct Filter(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    struct FilterProgram
    {
        public ushort Length;
        public Filter* First;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nint second, nint third, nint fourth, nint fifth);
}
