using ILGPU.Runtime.Cuda;
using PgpSr.Gpu;

namespace PgpSr.Benchmarks;

/// <summary>What a device could do at most: from the driver's clocks and widths, and what each generation computes in a clock.</summary>
/// <param name="HalfTflops">Dense binary16 tensor-core products with float32 sums, 10^12 operations a second; 0 if unknown.</param>
/// <param name="SingleTflops">float32, likewise.</param>
/// <param name="GigabytesPerSecond">Device memory.</param>
/// <param name="Clocks">Where the numbers come from.</param>
sealed record DeviceFacts(double HalfTflops, double SingleTflops, double GigabytesPerSecond, string Clocks)
{
    public static DeviceFacts Of(GpuDeviceReport report)
    {
        if (report.Api != GpuApi.Cuda) return new(0, 0, 0, "no peaks known for this device");
        int index = GpuDevices.IndexOf(report.Id);
        var api = CudaAPI.CurrentAPI;
        int Attribute(DeviceAttributeKind kind) => api.GetDeviceAttribute(kind, index);
        int multiprocessors = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        double clock = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_CLOCK_RATE) * 1e3;
        double memoryClock = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE) * 1e3;
        int width = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
        int major = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        int minor = Attribute(DeviceAttributeKind.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        // Multiply-adds of a multiprocessor in one clock, dense, from NVIDIA's architecture papers: A100 1024, GA10x and AD10x 512, H100 2048.
        double half = (major, minor) switch { (8, 0) => 1024, (8, _) => 512, (9, 0) => 2048, _ => 0 };
        double single = (major, minor) switch { (7, _) or (8, 0) => 64, (8, _) or (9, 0) => 128, _ => 0 };
        return new(
            2 * half * multiprocessors * clock * 1e-12, 2 * single * multiprocessors * clock * 1e-12, 2 * memoryClock * width / 8 * 1e-9,
            FormattableString.Invariant($"compute capability {major}.{minor}, {multiprocessors} multiprocessors at {clock * 1e-6:F0} MHz, memory {width} bits at {memoryClock * 1e-6:F0} MHz"));
    }
}
