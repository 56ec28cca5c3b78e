using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PgpSr.CommandLine;
using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.Cli;

/// <summary>The processor as a backend; both heads compile this file.</summary>
sealed class CpuProvider : IBackendProvider
{
    public string Name => "cpu";

    public string? Warning { get; } = NarrowBuild();

    public Backend Create(BackendRequest request) => request.Device is null
        ? CpuBackend.Create(new CpuBackendOptions
        {
            Threads = request.Threads,
            Precision = request.Precision switch { DType.F32 => CpuPrecision.F32, DType.BF16 => CpuPrecision.BF16, _ => CpuPrecision.Auto },
        })
        : throw new BackendException(Name, $"there is one processor, '{request.Device}' picks none; use --device cpu");

    public string? PrecisionRefusal(Backend backend, BackendRequest request) =>
        backend is CpuBackend { PrecisionRefusal: { } refusal } ? $"{refusal}; float32 is multiplied" : null;

    // A third of a second.
    public double? MeasurePeak(Backend backend) =>
        backend is CpuBackend cpu ? MultiplyAddPeak.Measure(cpu.Threads, windows: 30) : null;

    public IReadOnlyList<DeviceReport> Describe()
    {
        string set;
        try
        {
            set = CpuBackend.DefaultKernelSet;
        }
        catch (ArgumentException e)
        {
            return [new DeviceReport { Name = ProcessorName(), Refusal = e.Message }];
        }
        string? bfloat16 = CpuBackend.DescribeBfloat16(out string? refusal);
        return
        [
            new DeviceReport
            {
                Name = $"{ProcessorName()}, {Environment.ProcessorCount} threads",
                MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                Warning = Warning,
                Details =
                [
                    new("kernels", $"{set} ({string.Join(", ", CpuBackend.AcceleratedKernelSets)} run in hardware)"),
                    new("bf16 kernels", bfloat16 is null ? $"none: {refusal}" : $"{bfloat16}, with --precision bf16"),
                    new("instruction sets", string.Join(' ', InstructionSets())),
                    new("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
                ],
            },
        ];
    }

    // What a build for a lower instruction set loses on this processor; null if nothing. Only builds ahead of time can be too low.
    static string? NarrowBuild()
    {
        if (!X86Base.IsSupported || RuntimeFeature.IsDynamicCodeSupported) return null;
        (bool avx2, bool avx512) = WideVectors();
        if (avx512 && !Vector512.IsHardwareAccelerated)
            return "this build does not use the processor's AVX-512; the x86-64-v4 build is up to twice as fast";
        if (avx2 && !Vector256.IsHardwareAccelerated)
            return "this build does not use the processor's AVX2; the x86-64-v3 build is several times as fast";
        return null;
    }

    // Asked of the processor itself: in a build ahead of time Avx2.IsSupported is what the build was told. Intel SDM, CPUID leaf 7 sub-leaf 0:
    // EBX bit 5 AVX2, bits 16 AVX512F, 17 DQ, 28 CD, 30 BW, 31 VL (together x86-64-v4); leaf 1 ECX bit 27 OSXSAVE.
    static (bool Avx2, bool Avx512) WideVectors()
    {
        const int OsXsave = 1 << 27, Avx2Bit = 1 << 5, Avx512Bits = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1 << 31;
        if (X86Base.CpuId(0, 0).Eax < 7 || (X86Base.CpuId(1, 0).Ecx & OsXsave) == 0) return (false, false);
        int ebx = X86Base.CpuId(7, 0).Ebx;
        return ((ebx & Avx2Bit) != 0, (ebx & Avx512Bits) == Avx512Bits);
    }

    static IEnumerable<string> InstructionSets()
    {
        if (Sse42.IsSupported) yield return "sse4.2";
        if (Avx.IsSupported) yield return "avx";
        if (Avx2.IsSupported) yield return "avx2";
        if (Fma.IsSupported) yield return "fma";
        if (Avx512F.IsSupported) yield return "avx512f";
        if (Avx512BW.IsSupported) yield return "avx512bw";
        if (Avx512DQ.IsSupported) yield return "avx512dq";
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported) yield return "neon";
    }

    // CPUID leaves 0x80000002 to 0x80000004 hold 48 characters of name.
    static string ProcessorName()
    {
        const int First = unchecked((int)0x80000002), Highest = unchecked((int)0x80000000);
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(Highest, 0).Eax < 0x80000004u) return RuntimeInformation.ProcessArchitecture.ToString();
        Span<int> words = stackalloc int[12];
        for (int leaf = 0; leaf < 3; leaf++)
            (words[4 * leaf], words[4 * leaf + 1], words[4 * leaf + 2], words[4 * leaf + 3]) = X86Base.CpuId(First + leaf, 0);
        return System.Text.Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Trim('\0', ' ');
    }
}
