using System.Globalization;
using System.Text;

namespace PgpSr.Gpu;

/// <summary>A device that NVIDIA's driver offers, and what it can do.</summary>
sealed unsafe class NvidiaDevice
{
    // Numbers of the driver API.
    const int MaxThreads = 1, MultiprocessorCount = 16, CapabilityMajor = 75, CapabilityMinor = 76;

    /// <summary>The first driver that takes PTX 7.0, which kernels are written in.</summary>
    const int LeastDriver = 11000;

    /// <summary>The oldest compute capability that kernels are compiled for.</summary>
    const int LeastCapability = 75;

    readonly CudaFunctions _cuda;

    NvidiaDevice(CudaFunctions cuda, int handle)
    {
        _cuda = cuda;
        Handle = handle;
        Name = ReadName();
        MaxGroupSize = Attribute(MaxThreads);
        Multiprocessors = Attribute(MultiprocessorCount);
        Capability = 10 * Attribute(CapabilityMajor) + Attribute(CapabilityMinor);
    }

    public int Handle { get; }

    public string Name { get; }

    public int MaxGroupSize { get; }

    public int Multiprocessors { get; }

    /// <summary>Ten times the major number, and the minor.</summary>
    public int Capability { get; }

    /// <summary>All devices, in the driver's order.</summary>
    /// <exception cref="DriverCallException">The driver does not answer.</exception>
    public static List<NvidiaDevice> All(CudaFunctions cuda)
    {
        cuda.Check(cuda.Init(0), "cuInit");
        int count;
        cuda.Check(cuda.DeviceGetCount(&count), "cuDeviceGetCount");
        var devices = new List<NvidiaDevice>();
        for (int i = 0; i < count; i++)
        {
            int handle;
            cuda.Check(cuda.DeviceGet(&handle, i), "cuDeviceGet");
            devices.Add(new(cuda, handle));
        }
        return devices;
    }

    /// <summary>What users are told.</summary>
    public GpuDeviceReport Describe(int index)
    {
        int version = 0;
        nuint memory = 0;
        _ = _cuda.DriverGetVersion(&version);
        _ = _cuda.DeviceTotalMem(&memory, Handle);
        string driver = string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
        string details = string.Create(
            CultureInfo.InvariantCulture,
            $"compute capability {Capability / 10}.{Capability % 10}, CUDA driver {driver}, {Multiprocessors} multiprocessors");
        string? refusal = version < LeastDriver ? $"its driver supports CUDA {driver}, but 11.0 is required: update the driver"
            : Capability < LeastCapability
                ? "compute capability 7.5 or higher is required: use it through OpenCL, or '--device cpu'"
            : null;
        return new(
            string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"), GpuApi.Cuda, Name, (long)memory, false, HasHalf: true,
            TensorCores: Capability >= 80, details, refusal);
    }

    /// <summary>A number of the device; what the driver does not know is 0.</summary>
    public int Attribute(int which)
    {
        int value = 0;
        return _cuda.DeviceGetAttribute(&value, which, Handle) == 0 ? value : 0;
    }

    string ReadName()
    {
        const int Most = 256;
        byte* text = stackalloc byte[Most];
        return _cuda.DeviceGetName(text, Most, Handle) == 0 ? Encoding.UTF8.GetString(text, Most).Split('\0')[0] : "an NVIDIA GPU";
    }
}
