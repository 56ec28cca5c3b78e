using System.Globalization;

namespace PgpSr.Gpu;

/// <summary>The GPUs of this machine, with the reason if one cannot be used.</summary>
public static class GpuDevices
{
    /// <summary><see cref="GpuBackendOptions.Device"/> of the simulated device, which runs kernels on threads of this process: for tests.</summary>
    public const string Simulated = "simulated";

    /// <summary>The stand-in with groups of one thread: nothing waits at barriers, so that whole networks take seconds instead of minutes.</summary>
    internal const string SimulatedNarrow = "simulated, groups of one thread";

    /// <summary>CUDA devices, then OpenCL devices; one entry with the reason for an API that offers none. Never throws.</summary>
    public static IReadOnlyList<GpuDeviceReport> Describe()
    {
        lock (DriverLibraries.Enumeration) return [.. Cuda(), .. OpenCl()];
    }

    internal static GpuDeviceReport SimulatedReport { get; } =
        new(
            Simulated, GpuApi.Simulated, "threads of this process", 0, IsProcessor: true, HasHalf: true, TensorCores: false, "ILGPU CPU accelerator",
            null);

    internal static GpuDeviceReport SimulatedNarrowReport { get; } = SimulatedReport with { Id = SimulatedNarrow };

    /// <summary>The requested device, or the best.</summary>
    /// <param name="wanted">An id, an index into the usable devices, a part of a name, or null.</param>
    /// <exception cref="GpuException">None, or not usable: every reason is in the message.</exception>
    internal static GpuDeviceReport Choose(string? wanted)
    {
        if (wanted == Simulated) return SimulatedReport;
        if (wanted == SimulatedNarrow) return SimulatedNarrowReport;
        var reports = Describe();
        var usable = reports.Where(r => r.IsUsable).OrderBy(r => r.IsProcessor ? 1 : 0).ToList();
        var chosen = wanted is null ? usable.FirstOrDefault()
            : int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? usable.ElementAtOrDefault(index)
            : usable.FirstOrDefault(r => r.Id == wanted) ?? usable.FirstOrDefault(r => r.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase));
        if (chosen is null) Throw.NoDevice(wanted, reports);
        return chosen;
    }

    /// <summary>The number after the colon.</summary>
    internal static int IndexOf(string id) => int.Parse(id.AsSpan(id.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    static IEnumerable<GpuDeviceReport> Cuda()
    {
        if (!DriverLibraries.HasCuda)
            return [Absent("cuda", GpuApi.Cuda, "no NVIDIA driver (libcuda.so.1, nvcuda.dll): install the driver; no CUDA toolkit is needed")];
        List<GpuDeviceReport> devices;
        try
        {
            devices = [.. NvidiaDevice.All(CudaFunctions.Of(DriverLibraries.Cuda)).Select((device, index) => device.Describe(index))];
        }
        catch (Exception e)
        {
            // Listing devices must never end a program: whatever the driver does becomes the reason.
            return [Absent("cuda", GpuApi.Cuda, $"the NVIDIA driver does not respond ({e.Message}): update or reinstall it")];
        }
        return devices.Count == 0
            ? [Absent("cuda", GpuApi.Cuda, "the NVIDIA driver offers no device: it may be hidden (CUDA_VISIBLE_DEVICES) or not passed to the container")]
            : devices;
    }

    static IEnumerable<GpuDeviceReport> OpenCl()
    {
        if (!DriverLibraries.HasOpenCl)
        {
            const string Reason =
                "no OpenCL loader (libOpenCL.so.1, OpenCL.dll): install the GPU's driver and, on Linux, the package ocl-icd-libopencl1";
            return [Absent("opencl", GpuApi.OpenCl, Reason)];
        }
        List<GpuDeviceReport> devices;
        try
        {
            devices = [.. OpenClDevice.All(OpenClFunctions.Of(DriverLibraries.OpenCl)).Select((device, index) => device.Describe(index))];
        }
        catch (Exception e)
        {
            // As above.
            return [Absent("opencl", GpuApi.OpenCl, $"the OpenCL loader does not respond ({e.Message}): update or reinstall the GPU's driver")];
        }
        return devices.Count == 0
            ?
            [
                Absent(
                    "opencl", GpuApi.OpenCl,
                    "the OpenCL loader offers no device: install the GPU's OpenCL driver (Linux: an .icd file in /etc/OpenCL/vendors)"),
            ]
            : devices;
    }

    static GpuDeviceReport Absent(string id, GpuApi api, string refusal) =>
        new(id, api, api == GpuApi.Cuda ? "NVIDIA CUDA" : "OpenCL", 0, false, false, false, "", refusal);
}
