using PgpSr.Tensors;

namespace PgpSr.Cpu;

public sealed partial class CpuBackend
{
    readonly Bfloat16Kernels? _bfloat16;

    /// <summary>The type of factors: <see cref="CpuPrecision.F32"/> or <see cref="CpuPrecision.BF16"/>.</summary>
    public CpuPrecision Precision => _bfloat16 is null ? CpuPrecision.F32 : CpuPrecision.BF16;

    /// <summary>Why <see cref="CpuPrecision.BF16"/> was requested but is not used; null otherwise.</summary>
    public string? PrecisionRefusal { get; }

    /// <summary>The instructions that <see cref="CpuPrecision.BF16"/> would use in this process, or null and the reason why it cannot be used.</summary>
    public static string? DescribeBfloat16(out string? refusal)
    {
        (var kernels, refusal) = Bfloat16Kernels.For(PgpSr.Cpu.KernelSet.Best, null);
        return kernels?.Name;
    }

    // Products without a spatial extent are rounded; 3x3 convolutions are not, they have Winograd's algorithm.
    bool IsRounded(HostTensor weight, int taps) => _bfloat16 is not null && taps == 1 && weight.Shape[1] != 0;

    GemmWeight Pack(HostTensor weight, HostTensor bias, int taps, LinearForm form)
    {
        if (!IsRounded(weight, taps)) return _kernels.Pack(weight, bias, taps, form, _pool, CancellationToken);
        var bytes = weight.Type == DType.BF16 ? weight.Bytes : Bfloat16Rounding.Round(weight);
        var rounded = new HostTensor(weight.Name!, DType.BF16, weight.Shape, bytes);
        return _kernels.Pack(rounded, bias, taps, form, _pool, CancellationToken, Bfloat16Kernels.InputPadding);
    }
}
