namespace PgpSr.Cpu;

/// <summary>
/// Linux gives AMX's 8 KB of registers only to processes that ask (arch_prctl, ARCH_REQ_XCOMP_PERM; Documentation/arch/x86/xstate.rst). The call is
/// assembled: the C library of every distribution has it under another name or none.
/// </summary>
static unsafe class TilePermission
{
    const int ArchPrctl = 158, RequestPermission = 0x1023, TileData = 18;

    /// <summary>True if this process may use tiles from now on; else why not. Asking twice does no harm.</summary>
    public static bool TryAcquire(out string? refusal)
    {
        if (!OperatingSystem.IsLinux())
        {
            refusal = "AMX is used on Linux only";
            return false;
        }
        var assembler = new Assembler();
        assembler.Move(Register.Rax, ArchPrctl);
        assembler.Move(Register.Rdi, RequestPermission);
        assembler.Move(Register.Rsi, TileData);
        assembler.SystemCall();
        assembler.Return();
        using var code = ExecutableCode.TryCreate(assembler.ToArray(), out refusal);
        if (code is null) return false;
        long error = ((delegate* unmanaged<long>)code.Pointer)();
        if (error == 0) return true;
        refusal = $"Linux does not allow this process to use AMX (error {-error})";
        return false;
    }
}
