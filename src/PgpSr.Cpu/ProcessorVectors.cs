using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>What the processor has, whatever the program was built for.</summary>
static class ProcessorVectors
{
    /// <summary>
    /// What a build for a lower instruction set loses on this processor, and the way out; null if nothing. Only builds ahead of time can be too low.
    /// </summary>
    public static string? Warning { get; } = !X86Base.IsSupported || RuntimeFeature.IsDynamicCodeSupported ? null
        : Narrow(Asked(), Vector256.IsHardwareAccelerated && Fma.IsSupported, Vector512.IsHardwareAccelerated);

    /// <summary>The sentence for a processor and a build.</summary>
    public static string? Narrow((bool Avx2, bool Avx512) has, bool builtForAvx2, bool builtForAvx512) =>
        has.Avx2 && !builtForAvx2
            ? "this build does not use the processor's AVX2 and FMA; building with IlcInstructionSet=x86-64-v3 makes it several times as fast"
        : has.Avx512 && !builtForAvx512
            ? "this build does not use the processor's AVX-512; building with IlcInstructionSet=x86-64-v4 makes it up to twice as fast"
        : null;

    // Asked of the processor itself: in a build ahead of time Avx2.IsSupported is what the build was told. Intel SDM, CPUID leaf 7 sub-leaf 0:
    // EBX bit 5 AVX2, bits 16 AVX512F, 17 DQ, 28 CD, 30 BW, 31 VL (together x86-64-v4); leaf 1 ECX bit 27 OSXSAVE.
    static (bool Avx2, bool Avx512) Asked()
    {
        const int OsXsave = 1 << 27, Avx2Bit = 1 << 5, Avx512Bits = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31;
        if (X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(1, 0).Ecx & OsXsave) == 0) return (false, false);
        int ebx = X86Base.CpuId(7, 0).Ebx;
        return ((ebx & Avx2Bit) != 0, (ebx & Avx512Bits) == Avx512Bits);
    }
}
