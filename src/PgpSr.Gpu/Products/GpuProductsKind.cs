namespace PgpSr.Gpu;

/// <summary>Implementations of linear layers, convolutions and attention.</summary>
enum GpuProductsKind
{
    /// <summary>One thread for each result: short, obviously right, and slow.</summary>
    Naive,
}
