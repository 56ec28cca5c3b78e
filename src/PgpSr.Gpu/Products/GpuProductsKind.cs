namespace PgpSr.Gpu;

/// <summary>Implementations of linear layers, convolutions and attention.</summary>
enum GpuProductsKind
{
    /// <summary>One thread for each result: short, obviously right, and slow.</summary>
    Naive,

    /// <summary>Tiles in shared memory and registers, float32.</summary>
    Tiled,

    /// <summary>Tensor cores, binary16 factors (CUDA, compute capability 8.0 and later).</summary>
    TensorCores,
}
