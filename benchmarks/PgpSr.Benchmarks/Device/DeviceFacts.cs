using PgpSr.Gpu;

namespace PgpSr.Benchmarks;

/// <summary>What a device could do at most: from the driver's clocks and widths, and what each generation computes in a clock.</summary>
/// <param name="HalfTflops">Dense binary16 tensor-core products with float32 sums, 10^12 operations a second; 0 if unknown.</param>
/// <param name="SingleTflops">float32, likewise.</param>
/// <param name="GigabytesPerSecond">Device memory.</param>
/// <param name="Clocks">Where the numbers come from.</param>
sealed record DeviceFacts(double HalfTflops, double SingleTflops, double GigabytesPerSecond, string Clocks)
{
    // Numbers of the driver API.
    const int ClockRate = 13, MemoryClockRate = 36, BusWidth = 37;

    public static DeviceFacts Of(GpuDeviceReport report)
    {
        if (report.Api != GpuApi.Cuda) return new(0, 0, 0, "no peaks known for this device");
        NvidiaDevice device = NvidiaDevice.All(CudaFunctions.Of(DriverLibraries.Cuda))[GpuDevices.IndexOf(report.Id)];
        double clock = device.Attribute(ClockRate) * 1e3, memoryClock = device.Attribute(MemoryClockRate) * 1e3;
        int width = device.Attribute(BusWidth), capability = device.Capability;
        // Multiply-adds of a multiprocessor in one clock, dense, from NVIDIA's architecture papers: A100 1024, GA10x and AD10x 512, H100 2048.
        double half = capability switch { 80 => 1024, > 80 and < 90 => 512, 90 => 2048, _ => 0 };
        double single = capability switch { >= 70 and <= 80 => 64, > 80 and <= 90 => 128, _ => 0 };
        return new(
            2 * half * device.Multiprocessors * clock * 1e-12, 2 * single * device.Multiprocessors * clock * 1e-12, 2 * memoryClock * width / 8 * 1e-9,
            FormattableString.Invariant($"compute capability {capability / 10}.{capability % 10}, {device.Multiprocessors} multiprocessors at {clock * 1e-6:F0} MHz")
                + FormattableString.Invariant($", memory {width} bits at {memoryClock * 1e-6:F0} MHz"));
    }
}
