namespace PgpSr.Cpu;

/// <summary>The type of factors on the CPU. Sums, norms and everything between products are always float32.</summary>
public enum CpuPrecision
{
    /// <summary>The backend's choice: float32.</summary>
    Auto,

    /// <summary>float32.</summary>
    F32,

    /// <summary>
    /// Factors of linear layers, 1x1 convolutions and attention's two products are rounded to bfloat16 (8 significant bits: each by at most
    /// 2^-8 of itself), where the processor multiplies those and the system lets assembled code run; float32 elsewhere
    /// (<see cref="CpuBackend.PrecisionRefusal"/>).
    /// </summary>
    BF16,
}
