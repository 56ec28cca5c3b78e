namespace PgpSr.Gpu.Ptx;

/// <summary>What tensor cores multiply; they add in float32.</summary>
enum FactorType
{
    /// <summary>binary16.</summary>
    F16,

    /// <summary>The upper half of a float32: the range of float32, 8 bits of precision.</summary>
    BF16,
}
