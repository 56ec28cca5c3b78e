namespace PgpSr.Tensors;

/// <summary>
/// Element type of a tensor. Activations are <see cref="F32"/>, or <see cref="F16"/> inside networks on a backend that says so
/// (<see cref="Backend.ActivationType"/>); weights keep the width of their file.
/// </summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of an IEEE 754 binary32.</summary>
    BF16,
}

/// <summary>Facts about <see cref="DType"/>.</summary>
public static class DTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.F32 => 4,
        DType.F16 or DType.BF16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };
}
