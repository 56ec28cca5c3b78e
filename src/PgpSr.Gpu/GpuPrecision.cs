namespace PgpSr.Gpu;

/// <summary>
/// A type of numbers: of the factors that products (linear layers, convolutions, attention) multiply, or of stored activations. Sums are always
/// float32.
/// </summary>
public enum GpuPrecision
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>
    /// binary16. As <see cref="GpuBackendOptions.Precision"/>: where the device multiplies that faster (tensor cores); float32 elsewhere.
    /// </summary>
    F16,
}
