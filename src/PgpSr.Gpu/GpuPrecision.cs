namespace PgpSr.Gpu;

/// <summary>In which type products (linear layers, convolutions, attention) take their factors. Sums are always float32.</summary>
public enum GpuPrecision
{
    /// <summary>float32 factors.</summary>
    F32,

    /// <summary>Factors rounded to binary16 where the device multiplies those faster (tensor cores); float32 elsewhere.</summary>
    F16,
}
