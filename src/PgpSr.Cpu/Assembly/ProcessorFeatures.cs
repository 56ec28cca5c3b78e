using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PgpSr.Cpu;

/// <summary>What the processor offers beyond the runtime's intrinsics, as CPUID tells it.</summary>
/// <param name="PairProducts">AVX512-BF16: vdpbf16ps.</param>
/// <param name="TileProducts">AMX-TILE and AMX-BF16: tdpbf16ps.</param>
readonly record struct ProcessorFeatures(bool PairProducts, bool TileProducts)
{
    /// <summary>This processor's. Both need the 512-bit registers that the runtime found the system to keep.</summary>
    public static ProcessorFeatures Detected { get; } = Detect();

    // Intel SDM, CPUID leaf 7: sub-leaf 1 EAX bit 5 is AVX512-BF16; sub-leaf 0 EDX bit 22 AMX-BF16, bit 24 AMX-TILE.
    static ProcessorFeatures Detect()
    {
        const int PairBit = 1 << 5, TileBits = 1 << 22 | 1 << 24;
        if (!X86Base.X64.IsSupported || !Vector512.IsHardwareAccelerated || X86Base.CpuId(0, 0).Eax < 7) return default;
        var (subLeaves, _, _, extensions) = X86Base.CpuId(7, 0);
        bool pairs = subLeaves >= 1 && (X86Base.CpuId(7, 1).Eax & PairBit) != 0;
        return new ProcessorFeatures(pairs, (extensions & TileBits) == TileBits);
    }
}
