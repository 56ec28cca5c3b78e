namespace PgpSr.Cpu;

/// <summary>General registers by their number in instructions (Intel SDM, volume 2, table 3-1).</summary>
enum Register
{
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
}

/// <summary>An operand in memory: base + scale * index + displacement; the scale is 1, 2, 4 or 8.</summary>
readonly record struct MemoryOperand(Register Base, int Displacement = 0, Register? Index = null, int Scale = 1);
