namespace PgpSr.Gpu;

/// <summary>Whether products run on tensor cores.</summary>
public enum TensorCoreUse
{
    /// <summary>Where the device has them and <see cref="GpuBackendOptions.Precision"/> is <see cref="GpuPrecision.F16"/>.</summary>
    Auto,

    /// <summary>Never.</summary>
    Off,

    /// <summary>Always: a device without them is refused.</summary>
    Force,
}
