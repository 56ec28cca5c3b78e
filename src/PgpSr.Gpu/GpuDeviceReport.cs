namespace PgpSr.Gpu;

/// <summary>A device that was found, or an API without any, and whether it can be used.</summary>
/// <param name="Id">
/// What <see cref="GpuBackendOptions.Device"/> takes: <c>cuda:0</c>; <c>cuda</c> or <c>opencl</c> for an API that offers no device.
/// </param>
/// <param name="Api">What it is driven through.</param>
/// <param name="Name">The driver's name for it, or the API's.</param>
/// <param name="MemoryBytes">Device memory; 0 if unknown.</param>
/// <param name="IsProcessor">OpenCL on this machine's processor: usable, not faster than the CPU backend.</param>
/// <param name="HasHalf">Kernels can hold and convert binary16.</param>
/// <param name="TensorCores">Kernels can use matrix instructions (compute capability 8.0 and later).</param>
/// <param name="Details">Compute capability, driver or platform version.</param>
/// <param name="Refusal">Why it cannot be used and what to do, or null if it can.</param>
public sealed record GpuDeviceReport(
    string Id, GpuApi Api, string Name, long MemoryBytes, bool IsProcessor, bool HasHalf, bool TensorCores, string Details, string? Refusal)
{
    /// <summary>True if a backend can be made on it.</summary>
    public bool IsUsable => Refusal is null;
}
