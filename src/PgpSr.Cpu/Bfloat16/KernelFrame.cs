namespace PgpSr.Cpu;

/// <summary>
/// What both kinds of kernels share: where the fields of <see cref="Bfloat16Call"/> are, and the way in and out under either calling convention.
/// Kernels use registers that no caller owns (rax, rcx, rdx, r8 to r11) and no stack.
/// </summary>
static class KernelFrame
{
    /// <summary>xmm6 to xmm15.</summary>
    public const int SavedRegisters = 10;

    const int FirstSaved = 6, SavedOffset = 64, XmmBytes = 16;

    /// <summary>The call's fields, behind the register that holds its address throughout.</summary>
    public static readonly MemoryOperand A = Field(0), AStride = Field(1), B = Field(2), C = Field(3), Steps = Field(4), Tiles = Field(5),
        Continue = Field(6);

    /// <summary>The first instructions: the call's address to rcx, the caller's registers to safety.</summary>
    public static void Enter(Assembler code, CallingConvention convention, int vectorRegisters)
    {
        if (convention == CallingConvention.SystemV) code.Move(Register.Rcx, Register.Rdi);
        foreach (int register in Saved(convention, vectorRegisters)) code.StoreLowVector(Place(register), register);
    }

    /// <summary>The last instructions.</summary>
    public static void Leave(Assembler code, CallingConvention convention, int vectorRegisters)
    {
        if (vectorRegisters > 0) code.ZeroUpper();
        foreach (int register in Saved(convention, vectorRegisters)) code.LoadLowVector(register, Place(register));
        code.Return();
    }

    static IEnumerable<int> Saved(CallingConvention convention, int vectorRegisters) =>
        convention == CallingConvention.Windows ? Enumerable.Range(FirstSaved, SavedRegisters).Where(r => r < vectorRegisters) : [];

    static MemoryOperand Place(int register) => new(Register.Rcx, SavedOffset + (register - FirstSaved) * XmmBytes);

    static MemoryOperand Field(int index) => new(Register.Rcx, index * 8);
}
