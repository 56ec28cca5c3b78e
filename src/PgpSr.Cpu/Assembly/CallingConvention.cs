namespace PgpSr.Cpu;

/// <summary>How an assembled function of one pointer is called, and which registers it must leave as they were.</summary>
enum CallingConvention
{
    /// <summary>Linux, macOS: the pointer in rdi; all vector registers are free.</summary>
    SystemV,

    /// <summary>Windows: the pointer in rcx; xmm6 to xmm15 belong to the caller, and so do rdi and rsi.</summary>
    Windows,
}
