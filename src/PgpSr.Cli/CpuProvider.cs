using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using PgpSr.CommandLine;
using PgpSr.Cpu;
using PgpSr.Tensors;

namespace PgpSr.Cli;

/// <summary>The processor as a backend.</summary>
sealed class CpuProvider : IBackendProvider
{
    public string Name => "cpu";

    public string? Warning => CpuBackend.Warning;

    public Backend Create(BackendRequest request) => request.Device is null
        ? CpuBackend.Create(new CpuBackendOptions
        {
            Threads = request.Threads,
            Precision = request.Precision switch { DType.F32 => CpuPrecision.F32, DType.BF16 => CpuPrecision.BF16, _ => CpuPrecision.Auto },
        })
        : throw new BackendException(Name, $"'{request.Device}' selects no processor; use --device cpu");

    public string? PrecisionRefusal(Backend backend, BackendRequest request) =>
        backend is CpuBackend { PrecisionRefusal: { } refusal } ? $"{refusal}; float32 is used" : null;

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
